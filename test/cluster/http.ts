/** HTTP for tests: one bounded request, free ports; and the lab's waiting for a condition. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Certificates to trust, in PEM form. */
  ca?: string;
  /** Milliseconds; default 5,000. */
  timeout?: number;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

export async function http(url: string, options: HttpRequest = {}): Promise<HttpAnswer> {
  const { method = 'GET', headers, body, ca, timeout = 5_000 } = options;
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return await new Promise((done, failed) => {
    // Without an agent no connection stays open behind the test's back.
    const signal = AbortSignal.timeout(timeout);
    const outgoing = send(
      url,
      { method, headers, agent: false, signal, ...(ca === undefined ? {} : { ca }) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('error', failed);
        answer.once('end', () => {
          done({ status: answer.statusCode ?? 0, body: text });
        });
      },
    );
    outgoing.once('error', failed);
    outgoing.end(body);
  });
}

/** Ports on 127.0.0.1 that nobody listens on; held together until all are known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done, failed) => {
        server.once('error', failed);
        server.listen(0, '127.0.0.1', done);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
