/** Listeners and what asks them: who was reached, and as whom the asker was seen. */
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import type { Host } from './host.ts';
import { NotYet, waitFor } from './wait.ts';

const inside = join(import.meta.dirname, 'inside');

export interface Heard {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** The address that the listener saw. */
  readonly from: string;
  /** What a datagram held. */
  readonly text?: string;
}

export interface Listener {
  readonly daemon: Daemon;
  /** Everybody who came, in order. */
  heard(): Heard[];
}

export interface ProbeOptions {
  /** Source address; default is the kernel's choice. */
  from?: string;
  /** Milliseconds until the outcome is `timeout`; default 1,000. */
  timeout?: number;
  /** What a datagram holds; default `hello`. */
  text?: string;
  /** For datagrams to a broadcast address or a multicast group: anybody may answer. */
  broadcast?: boolean;
}

export async function startListener(
  host: Host,
  endpoints: readonly string[],
  groups: readonly string[],
): Promise<Listener> {
  endpoints.forEach(checkEndpoint);
  const task = JSON.stringify({ name: host.name, endpoints, groups });
  const daemon = await host.start('listener', [process.execPath, join(inside, 'listen.mjs'), task]);
  const lines = () =>
    daemon
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as object);
  await waitFor(`${host.name} listens on ${endpoints.join(', ')}`, 10_000, () => {
    const end = daemon.ended();
    if (end !== undefined) throw new Error(end);
    return Promise.resolve(lines().some((line) => 'ready' in line) || new NotYet(daemon.tail()));
  });
  return { daemon, heard: () => lines().filter((line): line is Heard => 'from' in line) };
}

export async function probe(host: Host, endpoint: string, options: ProbeOptions): Promise<string> {
  const [outcome = ''] = await probes(host, 1, endpoint, options);
  return outcome;
}

/** One after the other, each from a port of its own: how equal paths share the load. */
export async function probes(host: Host, times: number, endpoint: string, options: ProbeOptions): Promise<string[]> {
  checkEndpoint(endpoint);
  const { timeout = 1_000, text = 'hello' } = options;
  const task = JSON.stringify({ ...options, endpoint, timeout, times, text });
  const said = await host.must([process.execPath, join(inside, 'probe.mjs'), task]);
  return said.trimEnd().split('\n');
}

function checkEndpoint(endpoint: string): void {
  if (!/^(tcp|udp) .+:\d+$/.test(endpoint)) throw new Error(`"${endpoint}" is not "tcp <address>:<port>" or "udp ..."`);
}
