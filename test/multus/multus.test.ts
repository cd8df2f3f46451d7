/**
 * The chart's own files in the hands of the real programs: 0-multus.conf and the NetworkAttachmentDefinition of the plan
 * hybrid, run by Multus 4.3.0, upstream's bridge and tuning, lan-dhcp and route-fix, against the real API server, as the
 * account that the chart makes. dnsmasq is the house's DHCP server. Calico is played by bridge and host-local under
 * Calico's name, k8s-pod-network: no Calico runs here.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MULTUS } from '../../cdk8s/constructs/multus/daemon-set.ts';
import { layers, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/synth.ts';
import { openApiSocket, type ApiSocket } from '../cluster/api-socket.ts';
import type { KubernetesObject } from '../cluster/clients.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { run, tail } from '../cluster/process.ts';
import { describeUnless, lackOfTools, requireTool } from '../cluster/tools.ts';
import type { ClusterValues } from '../../cdk8s/values/cluster.ts';
import { ok, planClusterValues } from '../cluster/umbrella.ts';
import { attachmentKind } from '../cluster/upstream.ts';
import { withValue } from '../helm/with-value.ts';
import { startNode, type TestNode } from './node.ts';

jest.setTimeout(240_000);

const repository = resolve(import.meta.dirname, '../..');
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
const PINNED = '02:00:00:00:00:50';
/** Those that these configurations name. */
const plugins = ['bridge', 'tuning', 'host-local'];
const tools = ['etcd', 'kube-apiserver', 'kubectl', 'multus', ...plugins.map((name) => `cni-${name}`)];

interface NetworkStatus {
  readonly name: string;
  readonly interface: string;
  readonly ips: readonly string[];
  readonly mac: string;
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

const lack = process.getuid?.() === 0 ? lackOfTools(tools) : 'network namespaces need root; run as root';

describeUnless(lack, "Multus with the chart's files", () => {
  let cluster: ControlPlane;
  let node: TestNode;
  let api: ApiSocket | undefined;
  let flatlanNode: string;
  let conf: string;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const pins = { [PINNED]: { namespace: 'smarthome', workload: 'pinned' } };
    const values = withValue(planClusterValues('hybrid'), ['attachments', 'pins'], pins) as ClusterValues;
    const objects = layers.flatMap((layer) => layerObjects(layer, values)) as KubernetesObject[];
    const items = objects.filter(
      ({ kind, metadata }) =>
        (metadata.name.startsWith('flatlan-multus') && kind !== 'DaemonSet') || kind === 'Namespace',
    );
    const accounts = [NAMESPACE, 'smarthome', 'other'].flatMap((name) => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
    ]);
    await apply([...accounts, { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }, ...items]);
    // Whose token it is: the kubelet binds it to the pod, and so to the node.
    await apply([
      { ...podOf(OWN_POD, NAMESPACE), spec: { ...podOf(OWN_POD, NAMESPACE).spec, serviceAccountName: MULTUS } },
    ]);
    await attachmentKind(cluster);
    await apply(objects.filter(({ kind }) => kind === 'NetworkAttachmentDefinition'));
    const settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'flatlan-multus');
    conf = (settings?.data as Record<string, string>)['0-multus.conf'] ?? '';
    const agent = objects
      .filter(({ kind }) => kind === 'ConfigMap')
      .flatMap(({ data }) => (data as Record<string, string>)['agent.json'] ?? []);

    flatlanNode = join(cluster.folder, 'flatlan-node');
    const build = ['build', '-o', flatlanNode, './cmd/flatlan-node'];
    ok(await run('go', build, { cwd: join(repository, 'cni'), env: process.env, timeout: 180_000 }));

    node = await startNode(cluster.folder);
    api = await openApiSocket(cluster);
    await node.startBeside('tunnel', api.tunnel);
    await node.start('dnsmasq', [
      ...[
        'ip',
        'netns',
        'exec',
        'lan',
        'dnsmasq',
        '--no-daemon',
        '--conf-file=/dev/null',
        '--port=0',
        '--no-ping',
        '--user=root',
      ],
      ...[
        '--interface=lan0',
        '--dhcp-authoritative',
        '--dhcp-range=192.168.2.38,192.168.2.243,1h',
        '--dhcp-option=3,192.168.2.1',
      ],
      ...[`--dhcp-host=${PINNED},192.168.2.50`, '--dhcp-leasefile=/run/leases', '--log-dhcp'],
    ]);
    await installPlugins();
    await write('/etc/flatlan-agent.json', agent.join());
    await node.start('agent', [
      ...['/opt/flatlan/cni/flatlan-node', 'agent', '--node', NODE],
      ...['--config', '/etc/flatlan-agent.json', '--events=false'],
    ]);
    await waitFor('the agent serves', 20_000, async () => {
      const { code } = await node.on(['test', '-S', '/run/flatlan/lan-dhcp.sock']);
      return code === 0 || new NotYet(tail(join(cluster.folder, 'agent.log')));
    });
  });

  afterAll(async () => {
    await node.stop();
    api?.close();
    await cluster.stop();
  });

  const apply = async (items: readonly object[]) =>
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));

  /** As the image has them, and as the init containers put them on the node. */
  async function installPlugins(): Promise<void> {
    await node.must(['mkdir', '-p', '/opt/flatlan/cni', '/run/flatlan', '/var/lib/flatlan']);
    const ours = '/opt/flatlan/cni/flatlan-node';
    await node.must(['cp', flatlanNode, ours]);
    for (const name of plugins) await node.must(['cp', requireTool(`cni-${name}`), `/opt/cni/bin/${name}`]);
    for (const name of ['route-fix', 'lan-dhcp']) await node.must(['cp', ours, `/opt/cni/bin/${name}`]);
    await node.must(['cp', requireTool('multus'), '/opt/cni/bin/multus']);
  }

  const file = async (path: string): Promise<string> => await node.must(['cat', path]);
  const write = (path: string, text: string) => node.must(['tee', path], { input: text });

  async function gate(timeout: string) {
    const account = join(cluster.folder, 'account');
    mkdirSync(account, { recursive: true });
    const token = ok(
      await cluster.kubectl([
        ...['create', 'token', MULTUS, '--namespace', NAMESPACE],
        ...['--bound-object-kind=Pod', `--bound-object-name=${OWN_POD}`],
      ]),
    ).stdout.trim();
    writeFileSync(join(account, 'token'), token);
    writeFileSync(join(account, 'ca.crt'), cluster.ca);
    chmodSync(join(account, 'token'), 0o600);
    await write('/etc/flatlan-0-multus.conf', conf);
    return await node.on([
      ...[
        '/opt/flatlan/cni/flatlan-node',
        'multus',
        'gate',
        '--conf-dir',
        '/etc/cni/net.d',
        '--conf',
        '/etc/flatlan-0-multus.conf',
      ],
      ...['--service-account', account, '--server', cluster.server, '--timeout', timeout],
    ]);
  }

  test('the gate waits for the cluster network, then installs the configuration as the chart has it', async () => {
    expect((await gate('1s')).code).toBe(1);
    expect((await node.must(['ls', '/etc/cni/net.d'])).trim()).toBe('');
    const calico = {
      cniVersion: '0.3.1',
      name: 'k8s-pod-network',
      plugins: [
        {
          type: 'bridge',
          bridge: 'pods0',
          isGateway: true,
          ipam: { type: 'host-local', ranges: [[{ subnet: '192.168.7.0/26' }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    };
    await write('/etc/cni/net.d/10-calico.conflist', JSON.stringify(calico));
    expect(await gate('20s')).toMatchObject({ code: 0 });
    expect(JSON.parse(await file('/etc/cni/net.d/0-multus.conf'))).toEqual(JSON.parse(conf));
    expect(await node.must(['stat', '-c', '%a', '/etc/cni/net.d/multus.d/multus.kubeconfig'])).toBe('600\n');
  });

  /** What the runtime does for a pod: a namespace, then Multus with the configuration that is there. */
  async function cni(command: 'ADD' | 'DEL', pod: string, uid: string, namespace = 'smarthome') {
    return await node.on(['/opt/cni/bin/multus'], {
      input: await file('/etc/cni/net.d/0-multus.conf'),
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: `sandbox-${pod}`,
        CNI_NETNS: `/run/netns/${pod}`,
        CNI_IFNAME: 'eth0',
        CNI_PATH: '/opt/cni/bin',
        CNI_ARGS: `IgnoreUnknown=true;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${pod};K8S_POD_INFRA_CONTAINER_ID=sandbox-${pod};K8S_POD_UID=${uid}`,
      },
    });
  }

  async function createPod(
    name: string,
    annotations: Record<string, string>,
    namespace = 'smarthome',
  ): Promise<string> {
    await apply([podOf(name, namespace, annotations)]);
    await node.must(['ip', 'netns', 'add', name]);
    const pod = await cluster.object('pod', name, namespace);
    return String(pod?.metadata.uid);
  }

  async function statusOf(name: string): Promise<NetworkStatus[]> {
    const { annotations } = (await cluster.object('pod', name, 'smarthome'))?.metadata as unknown as {
      annotations: Record<string, string>;
    };
    return JSON.parse(annotations['k8s.v1.cni.cncf.io/network-status'] ?? '[]') as NetworkStatus[];
  }

  const inPod = (name: string, ...args: string[]) => node.must(['ip', '-n', name, ...args]);
  const leases = async (): Promise<string> => (await node.on(['cat', '/run/leases'])).stdout;

  test('ADD gives a pod two interfaces, as its annotation in the short form asks, and DEL takes them back', async () => {
    const uid = await createPod('home', { [NETWORKS]: 'default/layer2-bridge' });
    const added = await cni('ADD', 'home', uid);
    expect([added.stdout, added.stderr, added.code]).toEqual([added.stdout, expect.any(String), 0]);
    const status = await statusOf('home');
    expect(status.map(({ name, interface: device }) => [name, device])).toEqual([
      ['k8s-pod-network', 'eth0'],
      ['default/layer2-bridge', 'net1'],
    ]);
    const [address = ''] = status[1]?.ips ?? [];
    expect(address).toMatch(/^192\.168\.2\./);
    expect(await leases()).toMatch(new RegExp(`${address.replaceAll('.', '\\.')} home `));
    expect(await inPod('home', '-4', 'address', 'show', 'dev', 'net1')).toContain(`inet ${address}/24`);
    // route-fix: the LAN and multicast by net1, everything else by the cluster.
    expect(await inPod('home', 'route', 'get', '224.0.0.251')).toMatch(new RegExp(`dev net1 .*src ${address}`));
    expect(await inPod('home', 'route', 'get', '192.168.2.1')).toMatch(new RegExp(`dev net1 .*src ${address}`));
    expect(await inPod('home', 'route', 'get', '203.0.113.1')).toContain('dev eth0');
    expect(await inPod('home', 'route', 'get', '10.43.0.10')).toContain('dev eth0');

    // The pod is gone from the API by then, as it may be when the kubelet stops a sandbox.
    // No kubelet runs here to end it.
    ok(await cluster.kubectl(['delete', 'pod', 'home', '--namespace', 'smarthome', '--force', '--grace-period=0']));
    expect(await cni('DEL', 'home', uid)).toMatchObject({ code: 0 });
    expect(await inPod('home', '-brief', 'link')).not.toMatch(/eth0|net1/);
    await waitFor('the lease is given back', 20_000, async () => {
      const text = await leases();
      return !text.includes(' home ') || new NotYet(text);
    });
    expect((await node.must(['ls', '/var/lib/cni/networks/k8s-pod-network'])).split('\n')).not.toContain(
      status[0]?.ips[0],
    );
    expect(await cni('DEL', 'home', uid)).toMatchObject({ code: 0 });
  });

  test('a MAC address in the JSON form is the one on the LAN, and finds its reservation', async () => {
    const element = { name: 'layer2-bridge', namespace: 'default', mac: PINNED };
    const uid = await createPod('pinned', { [NETWORKS]: JSON.stringify([element]) });
    const added = await cni('ADD', 'pinned', uid);
    expect([added.stderr, added.code]).toEqual([expect.any(String), 0]);
    expect((await statusOf('pinned'))[1]).toMatchObject({ mac: PINNED, ips: ['192.168.2.50'] });
    expect(await cni('DEL', 'pinned', uid)).toMatchObject({ code: 0 });
  });

  // No admission policy is in this cluster: what it would refuse is a pod of before, or one that it does not see.
  test.each([
    ['another namespace', 'other', { name: 'layer2-bridge', namespace: 'default' }, 'add "other" to attachments'],
    [
      "another workload's MAC address",
      'smarthome',
      { name: 'layer2-bridge', namespace: 'default', mac: PINNED },
      'is pinned for workload pinned of namespace smarthome',
    ],
    [
      "a MAC address that is nobody's to pin",
      'smarthome',
      { name: 'layer2-bridge', namespace: 'default', mac: '02:00:00:00:00:51' },
      'lets nobody pin MAC address 02:00:00:00:00:51',
    ],
    [
      'cni-args',
      'smarthome',
      { name: 'layer2-bridge', namespace: 'default', 'cni-args': { promisc: true, mtu: 1400 } },
      'cni-args (mtu, promisc)',
    ],
    ['a definition of its own on the bridge', 'smarthome', { name: 'mine' }, 'no attachment of that name'],
  ])('%s is refused on the node', async (title, namespace, element, message) => {
    const config = {
      cniVersion: '1.0.0',
      name: 'mine',
      plugins: [{ type: 'bridge', bridge: 'cni0', ipam: { type: 'lan-dhcp' } }],
    };
    await apply([
      {
        apiVersion: 'k8s.cni.cncf.io/v1',
        kind: 'NetworkAttachmentDefinition',
        metadata: { name: 'mine', namespace: 'smarthome' },
        spec: { config: JSON.stringify(config) },
      },
    ]);
    const name = title.replaceAll(/\W+/g, '-').toLowerCase();
    const before = await leases();
    const uid = await createPod(name, { [NETWORKS]: JSON.stringify([element]) }, namespace);
    const { code, stdout } = await cni('ADD', name, uid, namespace);
    expect(code).not.toBe(0);
    expect(stdout.replaceAll('\\"', '"')).toContain(message);
    expect(await cni('DEL', name, uid, namespace)).toMatchObject({ code: 0 });
    expect(await leases()).toBe(before);
  });

  test('a pod that does not ask is in the cluster network alone', async () => {
    const uid = await createPod('plain', {});
    expect(await cni('ADD', 'plain', uid)).toMatchObject({ code: 0 });
    expect(await inPod('plain', '-brief', 'link')).toMatch(/eth0/);
    expect(await inPod('plain', '-brief', 'link')).not.toMatch(/net1/);
    expect(await cni('DEL', 'plain', uid)).toMatchObject({ code: 0 });
  });
});
