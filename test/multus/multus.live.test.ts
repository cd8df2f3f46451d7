/**
 * The chart's own files in the hands of the real programs: 0-multus.conf and the NetworkAttachmentDefinition of the plan
 * hybrid, run by Multus 4.3.0, upstream's bridge and tuning, lan-dhcp and route-fix (multus-node.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { json, NETWORKS } from '../cluster/annotation-forms.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { describeUnless } from '../cluster/tools.ts';
import { ok } from '../cluster/umbrella.ts';
import { lackOfMultus, PINNED, startMultusNode, type MultusNode } from './multus-node.ts';

jest.setTimeout(240_000);

interface NetworkStatus {
  readonly name: string;
  readonly interface: string;
  readonly ips: readonly string[];
  readonly mac: string;
}

describeUnless(lackOfMultus, "Multus with the chart's files", () => {
  let multus: MultusNode;

  beforeAll(async () => {
    multus = await startMultusNode('other');
  });

  afterAll(async () => {
    await multus.stop();
  });

  const cni: MultusNode['cni'] = (...args) => multus.cni(...args);
  const inPod: MultusNode['inPod'] = (...args) => multus.inPod(...args);
  const leases = () => multus.leases();

  test('the gate waits for the cluster network, then installs the configuration as the chart has it', async () => {
    const { node, conf } = multus;
    expect((await multus.gate('1s')).code).toBe(1);
    expect((await node.must(['ls', '/etc/cni/net.d'])).trim()).toBe('');
    await multus.installClusterNetwork();
    expect(await multus.gate('20s')).toMatchObject({ code: 0 });
    expect(JSON.parse(await node.must(['cat', '/etc/cni/net.d/0-multus.conf']))).toEqual(JSON.parse(conf));
    expect(await node.must(['stat', '-c', '%a', '/etc/cni/net.d/multus.d/multus.kubeconfig'])).toBe('600\n');
  });

  async function createPod(
    name: string,
    annotations: Record<string, string>,
    namespace = 'smarthome',
  ): Promise<string> {
    return (await multus.createPods(namespace, { [name]: annotations })).get(name) ?? '';
  }

  async function statusOf(name: string): Promise<NetworkStatus[]> {
    const { annotations } = (await multus.cluster.object('pod', name, 'smarthome'))?.metadata as unknown as {
      annotations: Record<string, string>;
    };
    return JSON.parse(annotations['k8s.v1.cni.cncf.io/network-status'] ?? '[]') as NetworkStatus[];
  }

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
    ok(
      await multus.cluster.kubectl([
        'delete',
        'pod',
        'home',
        '--namespace',
        'smarthome',
        '--force',
        '--grace-period=0',
      ]),
    );
    expect(await cni('DEL', 'home', uid)).toMatchObject({ code: 0 });
    expect(await inPod('home', '-brief', 'link')).not.toMatch(/eth0|net1/);
    await waitFor('the lease is given back', 20_000, async () => {
      const text = await leases();
      return !text.includes(' home ') || new NotYet(text);
    });
    expect((await multus.node.must(['ls', '/var/lib/cni/networks/k8s-pod-network'])).split('\n')).not.toContain(
      status[0]?.ips[0],
    );
    expect(await cni('DEL', 'home', uid)).toMatchObject({ code: 0 });
  });

  test('a MAC address in the JSON form is the one on the LAN, and finds its reservation', async () => {
    const element = { name: 'layer2-bridge', namespace: 'default', mac: PINNED };
    const uid = await createPod('pinned', { [NETWORKS]: json(element) });
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
      plugins: [{ type: 'bridge', bridge: 'br0', ipam: { type: 'lan-dhcp' } }],
    };
    await multus.apply([
      {
        apiVersion: 'k8s.cni.cncf.io/v1',
        kind: 'NetworkAttachmentDefinition',
        metadata: { name: 'mine', namespace: 'smarthome' },
        spec: { config: JSON.stringify(config) },
      },
    ]);
    const name = title.replaceAll(/\W+/g, '-').toLowerCase();
    const before = await leases();
    const uid = await createPod(name, { [NETWORKS]: json(element) }, namespace);
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
