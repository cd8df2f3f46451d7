/**
 * A control group for what a machine of the lab runs: one folder in every hierarchy of this machine (version 1), or one
 * in the single one (version 2). It is the one thing of a lab that lies outside of its namespaces, so a process of its
 * own removes the folders when this process dies:
 *
 *     this process ──pipe──> sh     ✝ ───EOF───> wait until the groups are empty, remove them, deepest first
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lack } from './ability.ts';
import { NotYet, waitFor } from './wait.ts';

const root = '/sys/fs/cgroup';

export interface Cgroup {
  /** As kubelet's `cgroupRoot` names it. */
  readonly path: string;
  /** Removes the groups below it, once they are empty: what a reboot does. */
  clear(): Promise<void>;
  /** Removes all of it. */
  remove(): Promise<void>;
}

/** kubelet asks for these where the kernel has them (pkg/kubelet/cm/cgroup_v2_manager_linux.go of v1.36.3). */
const controllers = ['cpu', 'cpuset', 'memory', 'hugetlb', 'pids'];

/** Why this machine has no control groups for containers, or undefined. */
export function lackOfCgroups(): Lack | undefined {
  const lack = (reason: string): Lack => ({ reason, kernel: true });
  if (!isVersion2())
    return existsSync(join(root, 'memory/tasks')) ? undefined : lack('no control groups at /sys/fs/cgroup');
  const words = (file: string) => readFileSync(join(root, file), 'utf8').trim().split(' ');
  const [available, enabled] = [words('cgroup.controllers'), words('cgroup.subtree_control')];
  const absent = controllers.filter((name) => available.includes(name) && !enabled.includes(name));
  return absent.length === 0 ? undefined : lack(`the control groups here pass no ${absent.join(', ')} on`);
}

const isVersion2 = () => existsSync(join(root, 'cgroup.controllers'));

/** Version 1 has a folder for each hierarchy, and links for those that share one. */
function hierarchies(): string[] {
  if (isVersion2()) return [root];
  const mounted = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return mounted.map(({ name }) => join(root, name)).filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}

const removal = `
cat >/dev/null
for try in $(seq 200); do
  left=
  for folder in "$@"; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || left=1
  done
  [ -n "$left" ] || exit 0
  sleep 0.05
done`;

export async function makeCgroup(name: string): Promise<Cgroup> {
  const folders = hierarchies().map((folder) => join(folder, name));
  const guard = spawn('sh', ['-c', removal, 'guard', ...folders], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(guard, 'spawn');
  guard.stdin.on('error', () => undefined);
  guard.unref();
  for (const folder of folders) {
    mkdirSync(folder);
    // A new group of this controller takes no process before it has processors and memory.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = join(folder, file);
      if (!isVersion2() && existsSync(own)) writeFileSync(own, readFileSync(join(folder, '..', file), 'utf8'));
    }
  }
  const clear = async () => {
    await waitFor(`control groups below ${name} are gone`, 20_000, () => {
      const left = folders.flatMap((folder) => below(folder).filter((group) => !removed(group)));
      return Promise.resolve(left.length === 0 || new NotYet(left.join(', ')));
    });
  };
  return {
    path: `/${name}`,
    clear,
    remove: async () => {
      await clear();
      for (const folder of folders) rmdirSync(folder);
      guard.ref();
      const gone = once(guard, 'exit');
      guard.stdin.end();
      await gone;
    },
  };
}

/** Deepest first. */
function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [...below(join(folder, name)), join(folder, name)]);
}

function removed(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
