/**
 * An API server that calls itself another version: passes everything on to a real one and answers `/version` itself.
 * Plain HTTP on 127.0.0.1, since a test needs no second certificate; clients then keep their token to themselves, so it
 * is added here.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

export interface VersionProxy {
  /** Path of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

export async function startVersionProxy(cluster: ControlPlane, major: string, minor: string): Promise<VersionProxy> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/version')) {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ major, minor, gitVersion: `v${major}.${minor.replace(/\D/g, '')}.0` }));
    } else passOn(cluster, incoming, outgoing);
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(cluster.folder, `kubeconfig-${major}.${minor}`);
  writeFileSync(kubeconfig, readFileSync(cluster.kubeconfig, 'utf8').replaceAll(cluster.server, url), { mode: 0o600 });
  return {
    kubeconfig,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function passOn({ ca, server, token }: ControlPlane, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url = '/' } = incoming;
  const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
  const onward = request(`${server}${url}`, { method, headers, ca, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.once('error', (error) => {
    outgoing.writeHead(502).end(error.message);
  });
  incoming.pipe(onward);
}
