/**
 * A Kubernetes node in a lab: containerd, runc, kubelet and kube-proxy, and in Calico's role BIRD and a conflist of
 * upstream's bridge and host-local under Calico's name: no Calico runs here.
 *
 *     lan ── eth0 ─ br0 (bridge, the attachments')        pods0 (bridge, the pods' block of addresses)
 *     k8s ── eth1 (the node's address, default route, BGP)
 */
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { startBird, type Bird } from '../../cdk8s/lab/bird.ts';
import { makeCgroup, type Cgroup } from '../../cdk8s/lab/cgroups.ts';
import type { Daemon } from '../../cdk8s/lab/daemon.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import type { Lab, Segment } from '../../cdk8s/lab/lab.ts';
import type { Machine } from '../../cdk8s/lab/machine.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { requireTool } from '../cluster/tools.ts';
import type { Control } from './control.ts';
import { images } from './images.ts';
import { nodeInit } from './machine-init.ts';
import {
  birdText,
  conflist,
  containerdConfiguration,
  kubeletConfiguration,
  kubeProxyConfiguration,
} from './settings.ts';

export const nodeTools = [
  ...['kubelet', 'kube-proxy', 'containerd', 'containerd-shim-runc-v2', 'ctr'],
  ...['cni-bridge', 'cni-host-local', 'cni-loopback', 'cni-portmap'],
];

export interface NodeSpec {
  readonly name: string;
  /** Undefined: its bridge there is for pods only. */
  readonly lanAddress: string | undefined;
  readonly address: string;
  readonly gateway: string;
  readonly router: string;
  /** What the plan gives its kernel. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The block of pod addresses that Calico would have given it. */
  readonly block: string;
  /** Load balancer ranges, which every node announces. */
  readonly loadBalancers: string;
}

export interface Ground {
  readonly lab: Lab;
  readonly lan: Segment;
  readonly k8s: Segment;
  readonly control: Control;
  /** Folder of the lab with image archives, and their names. */
  readonly archives: string;
  readonly archiveNames: readonly string[];
  /** A word in the names of control groups that is this run's own. */
  readonly run: string;
}

export class ClusterNode {
  readonly spec: NodeSpec;
  readonly #ground: Ground;
  readonly #cgroup: Cgroup;
  #host: Host | undefined;
  #machine: Machine | undefined;
  #bird: Bird | undefined;
  /** kubelet, kube-proxy and containerd. */
  #daemons: Daemon[] = [];
  #booted = false;

  private constructor(ground: Ground, spec: NodeSpec, cgroup: Cgroup) {
    this.#ground = ground;
    this.spec = spec;
    this.#cgroup = cgroup;
  }

  static async make(ground: Ground, spec: NodeSpec): Promise<ClusterNode> {
    return new ClusterNode(ground, spec, await makeCgroup(`flatlan-${ground.run}-${spec.name}`));
  }

  /** Its files and processes. */
  get machine(): Host {
    if (this.#machine === undefined) throw new Error(`${this.spec.name} is switched off`);
    return this.#machine.host;
  }

  /** Switches it on; it is ready when the API server says so. */
  async boot(): Promise<void> {
    const { lab, lan, k8s, archives } = this.#ground;
    const { name, lanAddress, address, gateway, sysctls } = this.spec;
    const host = await lab.host(name);
    this.#host = host;
    await host.join(lan, 'eth0');
    const [{ address: mac } = { address: '' }] = await host.ipJson<{ address: string }[]>('link show dev eth0');
    // The MAC address of its port, set: else it follows the lowest of its ports, the pods' too.
    await host.ip(`link add br0 address ${mac} type bridge stp_state 0 forward_delay 0`);
    await host.ip('link set eth0 master br0');
    await host.ip('link set br0 up');
    if (lanAddress !== undefined) await host.ip(`address add ${lanAddress}/24 dev br0`);
    await host.join(k8s, 'eth1', `${address}/24`);
    await host.ip(`route add default via ${gateway}`);
    await host.sysctl(sysctls);
    this.#machine = await lab.machine(host, nodeInit(name, archives));
    this.#writeFiles();
    await this.#startDaemons();
    this.#bird = await startBird(host, birdText(this.spec, []));
  }

  /** What Calico's nodes announce besides: addresses of services with a local endpoint. */
  async announce(addresses: readonly string[]): Promise<void> {
    await this.#bird?.reconfigure(birdText(this.spec, addresses));
  }

  /** kubelet, kube-proxy and containerd die and start again, with what is on the node. */
  async crashDaemons(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
    await this.#startDaemons();
  }

  /** Pulls the plug: its processes, its memory and its network are gone, its disks stay. */
  async powerOff(): Promise<void> {
    const [host, machine] = [this.#host, this.#machine];
    if (host === undefined || machine === undefined) throw new Error(`${this.spec.name} is switched off`);
    this.#machine = undefined;
    await machine.powerOff();
    await this.#bird?.daemon.kill();
    await this.#ground.lab.remove(host);
    await this.#cgroup.clear();
  }

  /** Once the lab has ended: the control groups, which lie outside of it. */
  async removeCgroup(): Promise<void> {
    await this.#cgroup.remove();
  }

  #writeFiles(): void {
    const { machine, spec } = this;
    const { control } = this.#ground;
    machine.write('/etc/hosts', `127.0.0.1 localhost\n${spec.address} ${spec.name}\n`);
    machine.write('/etc/resolv.conf', `nameserver ${spec.gateway}\n`);
    machine.write('/etc/machine-id', `${Buffer.from(spec.name.padEnd(16, '-')).toString('hex')}\n`);
    machine.write('/etc/containerd/config.toml', containerdConfiguration(images.pause));
    machine.write('/etc/kubelet/config.json', kubeletConfiguration(this.#cgroup.path));
    machine.write('/etc/kubelet/kubeconfig', control.kubeconfig(`system:node:${spec.name}`));
    machine.write('/etc/kube-proxy/config.json', kubeProxyConfiguration(spec.name));
    machine.write('/etc/kube-proxy/kubeconfig', control.kubeconfig('system:kube-proxy'));
    machine.write('/etc/cni/net.d/10-calico.conflist', conflist(spec.block));
    for (const name of ['bridge', 'host-local', 'loopback', 'portmap']) {
      const place = machine.path(`/opt/cni/bin/${name}`);
      mkdirSync(dirname(place), { recursive: true });
      copyFileSync(requireTool(`cni-${name}`), place);
      chmodSync(place, 0o755);
    }
  }

  async #startDaemons(): Promise<void> {
    this.#daemons = [await this.#startContainers(), ...(await this.#startKubernetes())];
  }

  async #startContainers(): Promise<Daemon> {
    const { machine } = this;
    // containerd looks for its shim on the PATH.
    const path = [dirname(requireTool('containerd-shim-runc-v2')), process.env.PATH, '/usr/sbin:/sbin'].join(':');
    const command = [requireTool('containerd'), '--config', '/etc/containerd/config.toml', '--log-level', 'warn'];
    const containerd = await machine.start('containerd', command, { env: { PATH: path } });
    const ctr = [requireTool('ctr'), '--namespace', 'k8s.io'];
    await waitFor(`containerd of ${this.spec.name} answers`, 60_000, async () => {
      const end = containerd.ended();
      if (end !== undefined) throw new Error(end);
      const { code, stderr } = await machine.run([...ctr, 'version']);
      return code === 0 || new NotYet(stderr);
    });
    if (this.#booted) return containerd;
    const archives = this.#ground.archiveNames.map((name) => `/var/lib/archives/${name}`);
    for (const archive of archives) await machine.must([...ctr, 'images', 'import', '--local', archive]);
    await machine.must([...ctr, 'images', 'tag', images.node, images.nextNode]);
    this.#booted = true;
    return containerd;
  }

  async #startKubernetes(): Promise<Daemon[]> {
    const { machine, spec } = this;
    const kubelet = await machine.start('kubelet', [
      requireTool('kubelet'),
      '--config=/etc/kubelet/config.json',
      '--kubeconfig=/etc/kubelet/kubeconfig',
      `--hostname-override=${spec.name}`,
      `--node-ip=${spec.address}`,
      '--cert-dir=/var/lib/kubelet/pki',
    ]);
    const command = [requireTool('kube-proxy'), '--config=/etc/kube-proxy/config.json'];
    return [kubelet, await machine.start('kube-proxy', command)];
  }
}
