/**
 * A node for CNI plugins: network, mounts and processes of its own, so that they find their files where a node has them
 * and nothing of it is left when its first process ends.
 *
 *     lan: dnsmasq 192.168.2.1 --- eth0 ─ br0 (192.168.2.10): node --- pods
 *
 *   /etc      an overlay: what is written is gone with the node        /opt, /run, /var/lib   empty
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotYet, waitFor } from '../cluster/http.ts';
import { run, startDaemon, startGuard, type Daemon, type RunResult } from '../cluster/process.ts';

export interface TestNode {
  /** Runs a program on the node. */
  on(command: readonly string[], options?: { env?: Record<string, string>; input?: string }): Promise<RunResult>;
  /** As `on`, of a command that must succeed; returns what it printed. */
  must(command: readonly string[], options?: { env?: Record<string, string>; input?: string }): Promise<string>;
  /** Starts a program on the node; its output goes to a file in the folder. */
  start(name: string, command: readonly string[], env?: Record<string, string>): Promise<Daemon>;
  /** A program that runs in the node's network, and sees the files of this machine. */
  startBeside(name: string, command: readonly string[]): Promise<Daemon>;
  stop(): Promise<void>;
}

const setup = `
set -e
mount -t tmpfs node /run
mkdir -p /run/etc/upper /run/etc/work /run/netns
mount -t overlay etc -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
mount -t tmpfs node /opt
mount -t tmpfs node /var/lib
ip link set lo up
ip link add br0 type bridge forward_delay 0 stp_state 0
ip netns add lan
ip link add eth0 type veth peer name lan0 netns lan
ip link set eth0 master br0 up
ip link set br0 up
ip address add 192.168.2.10/24 dev br0
ip -n lan link set lo up
ip -n lan link set lan0 up
ip -n lan address add 192.168.2.1/24 dev lan0
mkdir -p /etc/cni/net.d /opt/cni/bin
touch /run/ready
exec sleep infinity
`;

export async function startNode(folder: string): Promise<TestNode> {
  const guard = startGuard(join(folder, 'guarded'));
  const daemons: Daemon[] = [];
  const start = async (name: string, command: readonly string[], env: Record<string, string> = {}): Promise<Daemon> => {
    const [program = '', ...args] = command;
    const log = join(folder, `${name}.log`);
    const daemon = await startDaemon(name, program, args, { log, env: { PATH: process.env.PATH, ...env }, guard });
    daemons.push(daemon);
    return daemon;
  };
  const unshare = [
    'unshare',
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const holder = await start('node', [...unshare, 'sh', '-c', setup]);
  const pid = await waitFor('the node is set up', 20_000, async () => {
    const end = holder.ended();
    if (end !== undefined) throw new Error(end);
    const children = `/proc/${holder.pid}/task/${holder.pid}/children`;
    const child = existsSync(children) ? readFileSync(children, 'utf8').trim() : '';
    if (child === '') return new NotYet('it has not started');
    const { code } = await run('nsenter', [...enter(child), 'test', '-e', '/run/ready'], {});
    return code === 0 ? child : new NotYet('it is still at it');
  });

  const on: TestNode['on'] = (command, { env = {}, input } = {}) =>
    run('nsenter', [...enter(pid), ...command], { env: { PATH: process.env.PATH, ...env }, input });
  return {
    on,
    must: async (command, options) => {
      const { code, stdout, stderr } = await on(command, options);
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stderr}${stdout}`);
      return stdout;
    },
    start: (name, command, env) => start(name, ['nsenter', ...enter(pid), ...command], env),
    startBeside: (name, command) => start(name, ['nsenter', `--net=/proc/${pid}/ns/net`, ...command]),
    stop: async () => {
      // The node's first process last: the others end with it in any case.
      for (const daemon of daemons.toReversed()) await daemon.kill();
      await guard.dismiss();
    },
  };
}

function enter(pid: string): string[] {
  return ['--target', pid, '--mount', '--net', '--pid', '--'];
}
