/**
 * FRR on a host: zebra and bgpd (and others), with the one configuration file that a router has. Its lines are taken by
 * vtysh, as at the start of a router, and a line that FRR refuses is an error here.
 */
import { existsSync } from 'node:fs';
import type { Daemon } from './daemon.ts';
import type { Host } from './host.ts';
import { NotYet, waitFor } from './wait.ts';

export type FrrDaemon = 'zebra' | 'bgpd' | 'staticd' | 'bfdd' | 'ospfd';

export interface Frr {
  readonly daemons: readonly Daemon[];
  /** What a command of vtysh prints. */
  vtysh(command: string): Promise<string>;
  /** A `show ... json` command as data. */
  json<Answer>(command: string): Promise<Answer>;
  /** Whether the session with this neighbor is up. */
  established(neighbor: string): Promise<boolean>;
  /** Adds lines as `configure terminal` does; fails at one that FRR refuses. */
  configure(lines: string): Promise<void>;
  /** Ends all of it as a power failure of the control plane does: routes stay in the kernel. */
  kill(): Promise<void>;
}

interface Neighbor {
  readonly bgpState: string;
}

export async function startFrr(
  host: Host,
  configuration: string,
  daemons: readonly FrrDaemon[] = ['zebra', 'bgpd', 'staticd'],
): Promise<Frr> {
  const folder = host.folder('frr');
  const file = (name: string) => `${folder}/${name}`;
  for (const name of ['vtysh.conf', 'empty.conf']) host.write(file(name), '');
  host.write(file('frr.conf'), configuration);
  await host.must(['chown', '-R', 'frr:frrvty', folder]);
  const vtysh = ['vtysh', '--vty_socket', folder, '--config_dir', folder];
  const started: Daemon[] = [];
  for (const name of daemons) {
    const files = ['-f', file('empty.conf'), '-i', file(`${name}.pid`), '-z', file('zserv.api')];
    const sockets = ['--vty_socket', folder, '-A', '127.0.0.1', '-P', '0'];
    const own = name === 'bfdd' ? ['--bfdctl', file('bfdd.sock')] : [];
    const daemon = await host.start(name, [program(name), ...files, ...sockets, ...own, '--log', 'stdout']);
    started.push(daemon);
    await waitFor(`${name} of ${host.name} answers`, 15_000, async () => {
      const end = daemon.ended();
      if (end !== undefined) throw new Error(end);
      const { code, stdout, stderr } = await host.run([...vtysh, '-d', name, '-c', 'show version']);
      return code === 0 || new NotYet(`${stdout}${stderr}`);
    });
  }
  const take = async (path: string) => {
    const { code, stdout, stderr } = await host.run([...vtysh, '-f', path]);
    const refused = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /^(line \d+: )?(%|.*(Failure|Unknown))/.test(line));
    if (code !== 0 || refused.length > 0) {
      throw new Error(`FRR of ${host.name} refuses its configuration (${code}):\n${stdout}${stderr}`);
    }
  };
  await take(file('frr.conf'));
  const show = async (command: string) => await host.must([...vtysh, '-c', command]);
  const json = async <Answer>(command: string) => JSON.parse(await show(command)) as Answer;
  return {
    daemons: started,
    vtysh: show,
    json,
    established: async (neighbor) => {
      const answer = await json<Record<string, Neighbor>>(`show bgp neighbors ${neighbor} json`);
      return answer[neighbor]?.bgpState === 'Established';
    },
    configure: async (lines) => {
      host.write(file('more.conf'), lines);
      await take(file('more.conf'));
    },
    kill: async () => {
      for (const daemon of started.toReversed()) await daemon.kill();
    },
  };
}

/** Debian's place, then that of the upstream packages. */
function program(name: FrrDaemon): string {
  const folders = ['/usr/lib/frr', '/usr/libexec/frr'];
  return `${folders.find((folder) => existsSync(`${folder}/${name}`)) ?? folders[0]}/${name}`;
}
