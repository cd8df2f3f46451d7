/** How a node starts: what its file system is made of, before any daemon runs. */

/** Folders that a reboot leaves alone, with their place on the node. */
const disks = {
  kubelet: '/var/lib/kubelet',
  containerd: '/var/lib/containerd',
  'lib-cni': '/var/lib/cni',
  flatlan: '/var/lib/flatlan',
  volumes: '/var/lib/volumes',
  'etc-cni': '/etc/cni',
  'opt-cni': '/opt/cni',
  pods: '/var/log/pods',
} as const;

/** The machine's own settings that kubelet would change for everybody; a node sees them as kubelet wants them. */
const kernelSettings = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
} as const;

/** Lines of sh. /tmp becomes the node's memory; `archives` is a folder of the lab that it shows at /var/lib/archives. */
export function nodeInit(name: string, archives: string): string {
  const disk = `/run/lab/${name}/disk`;
  const overlays = ['etc', 'opt', 'var/lib', 'var/log'].flatMap((folder) => {
    const memory = `/tmp/upper/${folder.replace('/', '-')}`;
    const options = `lowerdir=/${folder},upperdir=${memory}/upper,workdir=${memory}/work`;
    return [`mkdir -p ${memory}/upper ${memory}/work`, `mount -t overlay ${folder} -o ${options} /${folder}`];
  });
  const binds = Object.entries(disks).flatMap(([own, place]) => [
    `mkdir -p ${disk}/${own} ${place}`,
    `mount --bind ${disk}/${own} ${place}`,
  ]);
  const settings = Object.entries(kernelSettings).flatMap(([setting, value]) => {
    const file = `/tmp/${setting.replaceAll('/', '.')}`;
    return [`echo ${value} > ${file}`, `mount --bind ${file} /proc/sys/${setting}`];
  });
  return [
    `hostname ${name}`,
    'mount -t tmpfs node /tmp',
    ...overlays,
    // The lab writes these; on some machines they are links to elsewhere.
    'rm -f /etc/hosts /etc/resolv.conf /etc/machine-id',
    ...binds,
    'mkdir /var/lib/archives',
    `mount --bind ${archives} /var/lib/archives`,
    'mount -t tmpfs node /run',
    'mkdir -p /run/netns /run/containerd /run/cni /run/tmp /run/lock',
    // A /sys that shows this node's network, with the machine's control groups in it.
    'mkdir /tmp/cgroup',
    'mount --rbind /sys/fs/cgroup /tmp/cgroup',
    'mount -t sysfs sysfs /sys',
    'mount --rbind /tmp/cgroup /sys/fs/cgroup',
    ...settings,
    // Pods' mounts have to reach containers and back.
    'mount --make-rshared /',
  ].join('\n');
}
