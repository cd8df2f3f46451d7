/**
 * A computer in a host's place, for daemons that want one of their own: kubelet, containerd. It has mounts, processes, a
 * name and System V objects of its own, besides the host's network; what it starts with are the lab's files.
 *
 *     const machine = await lab.machine(host, 'hostname node1; mount -t tmpfs tmpfs /run; ...');
 *     await machine.host.start('containerd', [...]);
 *     await machine.powerOff();        its first process is killed, and with it everything that runs there
 *
 * Its disks are what `init` binds from below /run/lab/<host>: they stay when the power goes.
 */
import type { Daemon } from './daemon.ts';
import { firstChild, pathIn } from './holder.ts';
import { Host } from './host.ts';
import type { LabGround } from './lab.ts';
import { NotYet, waitFor } from './wait.ts';

export interface Machine {
  /** Runs programs there and finds its files. Cables belong to the host below. */
  readonly host: Host;
  /** Ends everything on it at once, as a power failure does. The network stays: take the host away to lose that too. */
  powerOff(): Promise<void>;
}

const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--mount-proc', '--propagation', 'private'];

/** `init` are lines of sh; they end with the machine as it is to be. */
export async function bootMachine(ground: LabGround, below: Host, init: string): Promise<Machine> {
  // "wait" also takes the exit status of processes whose parent is gone.
  const script = `set -e\n${init}\necho ready\nsleep infinity &\nwait $!`;
  const first = await below.start('init', ['unshare', ...namespaces, '--fork', '--kill-child', 'sh', '-c', script]);
  const pid = await waitFor(`${below.name} starts`, 30_000, () => {
    const end = first.ended();
    if (end !== undefined) throw new Error(end);
    return Promise.resolve(/^ready$/m.test(first.log()) ? firstChild(first.pid()) : new NotYet(first.tail()));
  });
  const daemons: Daemon[] = [];
  const enter = ['nsenter', '--target', String(pid), '--mount', '--pid', '--uts', '--ipc', '--net', '--'];
  const own = { ...ground, daemons: { push: (daemon: Daemon) => ground.daemons.push(daemon) && daemons.push(daemon) } };
  const host = new Host(own, below.name, { enter, path: (inside) => pathIn(pid, inside) });
  return {
    host,
    powerOff: async () => {
      process.kill(pid, 'SIGKILL');
      await Promise.all([...daemons, first].map((daemon) => daemon.goesToo()));
    },
  };
}
