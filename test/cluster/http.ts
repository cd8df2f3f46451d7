/** HTTP for tests: one bounded request, free ports, and waiting for a condition. */
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

const pollMilliseconds = 50;

/** Why an answer is still awaited; the last one stands in the message when time is up. */
export class NotYet {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Asks until the answer is anything but NotYet. An error thrown by `ask` ends the wait. */
export async function waitFor<Answer>(
  what: string,
  timeout: number,
  ask: () => Promise<Answer | NotYet>,
): Promise<Answer> {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (!(answer instanceof NotYet)) return answer;
    if (Date.now() >= end) throw new Error(`${what}: not within ${timeout} ms; ${answer.reason}`);
    await new Promise((done) => setTimeout(done, pollMilliseconds));
  }
}
