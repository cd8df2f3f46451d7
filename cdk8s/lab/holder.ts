/**
 * The process that a lab lives in: the first one of process, mount and network namespaces of its own. Everything of the
 * lab is inside, so one end ends all, and it comes in three ways:
 *
 *     stop()                          standard input is closed, the first process returns
 *     this process dies, also kill -9 the kernel closes that pipe
 *     `unshare` is killed             --kill-child
 *
 * Network namespaces have their names under a /run that only the lab sees, and what programs of the lab write goes there
 * too: the rest of the file system is read-only. So nothing is left on this machine, and no mistake reaches it.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { waitFor, NotYet } from './wait.ts';

export interface Holder {
  /** The lab's first process, as this machine counts. */
  readonly pid: number;
  /** Under which name this process finds a file of the lab. */
  readonly path: (inside: string) => string;
  /** What to put before a command so that it runs in the lab, in the network namespace of that name or the lab's own. */
  enter(network?: string): readonly string[];
  /** The lab's namespaces, as links in /proc name them: `net:[4026532000]`. */
  namespaces(): string[];
  /** Ends everything inside, and comes back when it is over. */
  end(): Promise<void>;
}

const setup = `
set -e
mount -t tmpfs -o mode=755 lab /run
mkdir /run/netns /run/lab
mkdir -m 1777 /run/tmp
mount -o remount,bind,ro /
ip link set lo up
echo ready
# "wait" also takes the exit status of daemons whose parent is gone.
exec 3<&0
cat <&3 >/dev/null &
wait $!
`;

const unshare = ['--mount', '--net', '--pid', '--ipc', '--uts', '--mount-proc', '--propagation', 'private'];

export async function startHolder(): Promise<Holder> {
  const child = spawn('unshare', [...unshare, '--fork', '--kill-child', 'sh', '-c', setup], {
    // Its own session: an interrupt typed at the terminal goes to the whole process group.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  let state: string | undefined;
  const gone = new Promise<void>((done) => {
    child.once('error', (error) => {
      state = error.message;
      done();
    });
    child.once('exit', (code, signal) => {
      state ??= `ended with ${code ?? signal ?? 'nothing'}`;
      done();
    });
  });
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  child.stdin.on('error', () => undefined);
  const end = async () => {
    child.stdin.end();
    await gone;
  };
  try {
    const pid = await waitFor('the lab is set up', 20_000, () => {
      if (state !== undefined) throw new Error(`the lab could not be set up: unshare ${state}\n${said}`);
      return Promise.resolve(said.startsWith('ready') ? firstChild(child.pid ?? 0) : new NotYet(said));
    });
    return {
      pid,
      path: (inside) => pathIn(pid, inside),
      enter: enter(pid),
      namespaces: () => links(pid),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A path of the file system that a process sees, as this process reaches it (proc(5), /proc/pid/root). */
export function pathIn(pid: number, inside: string): string {
  return `/proc/${pid}/root${inside}`;
}

function enter(pid: number): Holder['enter'] {
  return (network) => {
    const net = network === undefined ? '--net' : `--net=${pathIn(pid, `/run/netns/${network}`)}`;
    return ['nsenter', '--target', String(pid), '--mount', '--pid', '--ipc', '--uts', net, '--'];
  };
}

/** `unshare` and `nsenter` go on outside and wait for the one child that is inside. */
export function firstChild(parent: number): number {
  const [first = ''] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ');
  return Number(first);
}

function links(pid: number): string[] {
  return ['mnt', 'net', 'pid', 'ipc', 'uts'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
}
