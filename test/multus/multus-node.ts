/**
 * A node with the chart's own files of the plan hybrid and the real programs: Multus, upstream's bridge and tuning, the
 * agent with lan-dhcp and route-fix, dnsmasq as the house's DHCP server. The API server is real, and Multus asks it as the
 * account that the chart makes. Calico is played by bridge and host-local under Calico's name, k8s-pod-network.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MULTUS } from '../../cdk8s/constructs/multus/daemon-set.ts';
import { NAMESPACE, network, prerequisites } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { ClusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { CNI_FOLDERS, type CniFolders } from '../../cdk8s/platforms/distributions/distribution.ts';
import { openApiSocket } from '../cluster/api-socket.ts';
import type { KubernetesObject } from '../cluster/clients.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { run, tail, type RunResult } from '../cluster/process.ts';
import { lackOfTools, requireTool } from '../cluster/tools.ts';
import { ok, planClusterValues } from '../cluster/umbrella.ts';
import { attachmentCrd } from '../cluster/upstream.ts';
import { withValue } from '../helm/with-value.ts';
import { startNode, type TestNode } from './node.ts';

const repository = resolve(import.meta.dirname, '../..');
/** Pinned for workload `pinned` of namespace smarthome, and reserved at the DHCP server for 192.168.2.50. */
export const PINNED = '02:00:00:00:00:50';
/** Those that these configurations name. */
const plugins = ['bridge', 'tuning', 'host-local'];
const tools = ['etcd', 'kube-apiserver', 'kubectl', 'multus', ...plugins.map((name) => `cni-${name}`)];

export const lackOfMultus = process.getuid?.() === 0 ? lackOfTools(tools) : 'network namespaces need root; run as root';

export interface MultusNode {
  readonly cluster: ControlPlane;
  readonly node: TestNode;
  /** 0-multus.conf as the chart has it. */
  readonly conf: string;
  apply(items: readonly object[]): Promise<RunResult>;
  /** What Calico's own container does: the cluster's network is there. */
  installClusterNetwork(): Promise<void>;
  /** The init container that waits for it and puts 0-multus.conf in place. */
  gate(timeout: string): Promise<RunResult>;
  /** Pods with an annotation each, and their network namespaces, which have the pods' names; returns their UIDs by name. */
  createPods(
    namespace: string,
    pods: Readonly<Record<string, Readonly<Record<string, string>>>>,
  ): Promise<ReadonlyMap<string, string>>;
  /** What the runtime does for a pod: Multus with the configuration that is there. */
  cni(command: 'ADD' | 'DEL', pod: string, uid: string, namespace?: string): Promise<RunResult>;
  inPod(name: string, ...args: string[]): Promise<string>;
  /** The DHCP server's. */
  leases(): Promise<string>;
  stop(): Promise<void>;
}

const NODE = 'node1';
const OWN_POD = 'multus-of-the-node';

function podOf(name: string, namespace: string, annotations: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: {
      nodeName: NODE,
      automountServiceAccountToken: false,
      containers: [{ name: 'none', image: 'none.invalid/none:none' }],
    },
  };
}

/** What differs from the plan hybrid. */
export interface NodeOfPlan {
  readonly values: ClusterValues;
  readonly folders: CniFolders;
  /** The conflist of the cluster's network: its path, and the name in it. */
  readonly clusterNetwork: { readonly file: string; readonly name: string };
}

const ofHybrid: NodeOfPlan = {
  values: planClusterValues('hybrid'),
  folders: CNI_FOLDERS,
  clusterNetwork: { file: '/etc/cni/net.d/10-calico.conflist', name: 'k8s-pod-network' },
};

/** Starts all of it; `namespaces` are those that the chart does not make. */
export async function startMultusNode(...namespaces: string[]): Promise<MultusNode> {
  return await startMultusNodeOf(ofHybrid, ...namespaces);
}

export async function startMultusNodeOf(plan: NodeOfPlan, ...namespaces: string[]): Promise<MultusNode> {
  const cluster = await startControlPlane();
  const ends: (() => unknown)[] = [() => cluster.stop()];
  const stop = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    return await onCluster(cluster, plan, namespaces, ends, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function onCluster(
  cluster: ControlPlane,
  { values: planned, folders: { confDir, binDir }, clusterNetwork }: NodeOfPlan,
  namespaces: readonly string[],
  ends: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<MultusNode> {
  const apply = async (items: readonly object[]) =>
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));

  const pins = { [PINNED]: { namespace: 'smarthome', workload: 'pinned' } };
  const values = withValue(planned, ['attachments', 'pins'], pins) as ClusterValues;
  const objects = [prerequisites, network].flatMap((layer) => layerObjects(layer, values)) as KubernetesObject[];
  const { conf, agent } = await applyObjects(apply, objects, namespaces);
  await attachmentCrd(cluster);
  await apply(objects.filter(({ kind }) => kind === 'NetworkAttachmentDefinition'));

  const build = ['build', '-o', `${cluster.folder}/`, './cmd/flatlan-node', './cmd/flatlan-cni'];
  ok(await run('go', build, { cwd: join(repository, 'cni'), env: process.env, timeout: 180_000 }));

  const node = await startNode(cluster.folder);
  ends.push(() => node.stop());
  const api = await openApiSocket(cluster);
  ends.push(() => {
    api.close();
  });
  await node.startBeside('tunnel', api.tunnel);
  await node.start('dnsmasq', [
    ...['ip', 'netns', 'exec', 'lan', 'dnsmasq', '--no-daemon', '--conf-file=/dev/null', '--port=0', '--no-ping'],
    ...['--user=root', '--interface=lan0', '--dhcp-authoritative', '--dhcp-range=192.168.2.38,192.168.2.243,1h'],
    ...['--dhcp-option=3,192.168.2.1', `--dhcp-host=${PINNED},192.168.2.50`],
    ...['--dhcp-leasefile=/run/leases', '--log-dhcp'],
  ]);
  await node.must(['mkdir', '-p', confDir, binDir]);
  await installPlugins(node, cluster.folder, binDir);
  const write = (path: string, text: string) => node.must(['tee', path], { input: text });
  await write('/etc/flatlan-agent.json', agent);
  await node.start('agent', [
    ...['/opt/flatlan/cni/flatlan-node', 'agent', '--node', NODE],
    ...['--config', '/etc/flatlan-agent.json', '--events=false'],
  ]);
  await waitFor('the agent serves', 20_000, async () => {
    const { code } = await node.on(['test', '-S', '/run/flatlan/lan-dhcp.sock']);
    return code === 0 || new NotYet(tail(join(cluster.folder, 'agent.log')));
  });

  const self: MultusNode = {
    cluster,
    node,
    conf,
    apply,
    installClusterNetwork: async () => {
      const cni = {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: '192.168.7.0/26' }]], routes: [{ dst: '0.0.0.0/0' }] },
      };
      const conflist = { cniVersion: '0.3.1', name: clusterNetwork.name, plugins: [cni] };
      await write(clusterNetwork.file, JSON.stringify(conflist));
    },
    gate: async (timeout) => {
      const account = await ownAccount(cluster);
      await write('/etc/flatlan-0-multus.conf', conf);
      return await node.on([
        ...['/opt/flatlan/cni/flatlan-node', 'multus', 'gate', '--conf-dir', confDir],
        ...['--host-conf-dir', confDir, '--network', clusterNetwork.name],
        ...['--conf', '/etc/flatlan-0-multus.conf', '--service-account', account],
        ...['--server', cluster.server, '--timeout', timeout],
      ]);
    },
    createPods: async (namespace, pods) => {
      await apply(Object.entries(pods).map(([name, annotations]) => podOf(name, namespace, annotations)));
      const names = Object.keys(pods);
      await node.must(['sh', '-ec', 'for name; do ip netns add "$name"; done', 'sh', ...names]);
      const get = ['get', 'pods', ...names, '--namespace', namespace, '--output=json'];
      const got = JSON.parse(ok(await cluster.kubectl(get)).stdout) as KubernetesObject | { items: KubernetesObject[] };
      const all = 'items' in got ? (got.items as KubernetesObject[]) : [got];
      return new Map(all.map(({ metadata }) => [metadata.name, String(metadata.uid)]));
    },
    cni: (command, pod, uid, namespace = 'smarthome') =>
      askedAgain(async () =>
        node.on([`${binDir}/multus`], {
          input: await node.must(['cat', `${confDir}/0-multus.conf`]),
          env: {
            CNI_COMMAND: command,
            CNI_CONTAINERID: `sandbox-${pod}`,
            CNI_NETNS: `/run/netns/${pod}`,
            CNI_IFNAME: 'eth0',
            CNI_PATH: binDir,
            CNI_ARGS: `IgnoreUnknown=true;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${pod};K8S_POD_INFRA_CONTAINER_ID=sandbox-${pod};K8S_POD_UID=${uid}`,
          },
        }),
      ),
    inPod: (name, ...args) => node.must(['ip', '-n', name, ...args]),
    leases: async () => (await node.on(['cat', '/run/leases'])).stdout,
    stop,
  };
  return self;
}

/**
 * Multus gives the API server 250 ms for a pod and does not ask again after those (v4.3.0, pkg/multus/multus.go, GetPod).
 * On a busy machine they pass; kubelet calls again then, and so does this.
 */
async function askedAgain(call: () => Promise<RunResult>): Promise<RunResult> {
  return await waitFor('the API server answers Multus in time', 30_000, async () => {
    const result = await call();
    const late = /error waiting for pod: .*context deadline exceeded/.test(result.stdout);
    return late ? new NotYet(result.stdout) : result;
  });
}

/** What there is before the node; returns the files that its ConfigMaps hold. */
async function applyObjects(
  apply: MultusNode['apply'],
  objects: readonly KubernetesObject[],
  namespaces: readonly string[],
): Promise<{ conf: string; agent: string }> {
  const items = objects.filter(
    ({ kind, metadata }) =>
      (metadata.name.startsWith('flatlan-multus') && kind !== 'DaemonSet') || kind === 'Namespace',
  );
  const accounts = [NAMESPACE, 'smarthome', ...namespaces].flatMap((name) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
  ]);
  // No controller makes that of namespace default either.
  const ofDefault = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
  await apply([...accounts, ofDefault, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }, ...items]);
  // Whose token it is: the kubelet binds it to the pod, and so to the node.
  const own = podOf(OWN_POD, NAMESPACE);
  await apply([{ ...own, spec: { ...own.spec, serviceAccountName: MULTUS } }]);
  const files = (key: string) =>
    objects
      .filter(({ kind }) => kind === 'ConfigMap')
      .flatMap(({ data }) => (data as Record<string, string>)[key] ?? [])
      .join();
  return { conf: files('0-multus.conf'), agent: files('agent.json') };
}

/** As the image has them, and as the init containers put them on the node. */
async function installPlugins(node: TestNode, built: string, binDir: string): Promise<void> {
  await node.must(['mkdir', '-p', '/opt/flatlan/cni', '/run/flatlan', '/var/lib/flatlan']);
  await node.must(['cp', join(built, 'flatlan-node'), '/opt/flatlan/cni/flatlan-node']);
  for (const name of plugins) await node.must(['cp', requireTool(`cni-${name}`), `${binDir}/${name}`]);
  for (const name of ['route-fix', 'lan-dhcp'])
    await node.must(['cp', join(built, 'flatlan-cni'), `${binDir}/${name}`]);
  await node.must(['cp', requireTool('multus'), `${binDir}/multus`]);
}

/** The folder that the kubelet mounts into the pod of Multus. */
async function ownAccount(cluster: ControlPlane): Promise<string> {
  const account = join(cluster.folder, 'account');
  mkdirSync(account, { recursive: true });
  const create = ['create', 'token', MULTUS, '--namespace', NAMESPACE];
  const bound = ['--bound-object-kind=Pod', `--bound-object-name=${OWN_POD}`];
  const token = ok(await cluster.kubectl([...create, ...bound])).stdout.trim();
  writeFileSync(join(account, 'token'), token);
  writeFileSync(join(account, 'ca.crt'), cluster.ca);
  chmodSync(join(account, 'token'), 0o600);
  return account;
}
