/** The API server for programs in network namespaces: a socket file, and behind it in the namespace the same port as here. */
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

export interface ApiSocket {
  /** To be run in the namespace, until it ends; says `ready`. */
  readonly tunnel: readonly string[];
  close(): void;
}

export async function openApiSocket(cluster: ControlPlane): Promise<ApiSocket> {
  const { port } = new URL(cluster.server);
  const path = join(cluster.folder, 'api.sock');
  const socket = createServer((client) => {
    const server = connect(Number(port), '127.0.0.1');
    for (const one of [client, server]) one.on('error', () => undefined);
    client.pipe(server).pipe(client);
  });
  await new Promise<void>((done) => socket.listen(path, done));
  return {
    tunnel: [process.execPath, join(import.meta.dirname, 'tunnel.mjs'), port, path],
    close: () => {
      socket.close();
    },
  };
}
