/**
 * A Git repository over HTTP, as a forge serves it: Node's server in front of Git's own `git http-backend` (git-scm.com,
 * "git-http-backend"), read only.
 *
 *     commit ──> work tree ──push──> repository.git ──http-backend──> source-controller
 */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitServer {
  /** Of a bare repository in the served folder: `http://127.0.0.1:<port>/<name>`. */
  url(name: string): string;
  stop(): Promise<void>;
}

/** Serves the bare repositories in a folder on a private port of 127.0.0.1. */
export async function startGitServer(folder: string): Promise<GitServer> {
  const server = createServer((request, response) => {
    serve(folder, request, response);
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  // The names of the Common Gateway Interface (RFC 3875).
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      HTTP_GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
      REMOTE_ADDR: request.socket.remoteAddress,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A client that goes away closes pipes; nothing is to be done about it.
  backend.stdin.on('error', () => undefined);
  backend.on('error', () => {
    response.writeHead(500).end();
  });
  request.pipe(backend.stdin);

  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', onHead);
    const { status, headers } = parsed(head.subarray(0, end).toString('latin1'));
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', onHead);
}

/** A CGI program's answer begins with header lines; the status is one of them. */
function parsed(head: string): { status: number; headers: Record<string, string> } {
  const lines = head.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers = Object.fromEntries(lines.filter(([name]) => name !== 'Status'));
  const status = lines.find(([name]) => name === 'Status')?.[1];
  return { status: status === undefined ? 200 : Number.parseInt(status, 10), headers };
}
