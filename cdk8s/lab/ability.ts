/** What this machine lacks for a lab, as a sentence with what to do about it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Lack {
  readonly reason: string;
  /** Nothing can be installed for it: the kernel, or what the container that this runs in permits. */
  readonly kernel: boolean;
}

/** Kinds of interfaces as `ip link add type` names them, and what else a lab may want of a kernel. */
const features = {
  bridge: 'ip link add t0 type bridge',
  veth: 'ip link add t0 type veth peer name t1',
  vlan: 'ip link add t0 type bridge; ip link add link t0 name t1 type vlan id 5',
  vxlan: 'ip link add t0 type vxlan id 1 dstport 4789 local 127.0.0.1',
  bond: 'ip link add t0 type bond',
  wireguard: 'ip link add t0 type wireguard',
  nftables: 'nft add table inet t0',
  nat: "nft 'table ip t0 { chain c { type nat hook postrouting priority 100; masquerade; }; }'",
  overlay:
    'mount -t tmpfs t /mnt; mkdir /mnt/u /mnt/w; mount -t overlay o -o lowerdir=/usr,upperdir=/mnt/u,workdir=/mnt/w /mnt',
} as const;

export type KernelFeature = keyof typeof features;

/** Further programs are those that are none of every lab's: bird, dnsmasq. */
export function lackOfLab(programs: readonly string[] = [], kernel: readonly KernelFeature[] = []): Lack | undefined {
  if (process.getuid?.() !== 0) return { reason: 'network namespaces need root; run as root', kernel: false };
  const missing = ['ip', 'unshare', 'nsenter', 'nft', ...programs].filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    return { reason: `${missing.join(', ')} not installed; run npm run test:setup`, kernel: false };
  }
  if (!works('true')) return { reason: 'this system does not let root make namespaces', kernel: true };
  const wanted: readonly KernelFeature[] = ['bridge', 'veth', 'nftables', ...kernel];
  const absent = wanted.filter((feature) => !works(features[feature]));
  return absent.length === 0 ? undefined : { reason: `this kernel has no ${absent.join(', ')}`, kernel: true };
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

const known = new Map<string, boolean>();

/** Tries it in namespaces that are gone right after. */
function works(commands: string): boolean {
  const before = known.get(commands);
  if (before !== undefined) return before;
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const words = ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-ec', commands];
  const answer = spawnSync('unshare', words, { env, stdio: 'ignore', timeout: 10_000 }).status === 0;
  known.set(commands, answer);
  return answer;
}
