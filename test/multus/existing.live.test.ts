/**
 * The chart's files of plans that keep a network, in the hands of the real Multus: the first interface of a pod is given by
 * the network of the name and file that Cilium, flannel and k3s have, in their folders; the second by lan-dhcp. The network
 * itself is played by bridge and host-local (multus-node.ts).
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { NETWORKS } from '../cluster/annotation-forms.ts';
import { describeUnless } from '../cluster/tools.ts';
import { anyNetworkOf, changed, planText } from '../plans/fixtures.ts';
import { lackOfMultus, startMultusNodeOf, type MultusNode } from './multus-node.ts';

jest.setTimeout(240_000);

/** The house of hybrid, whose cluster keeps this network. */
function keeping(cni: string): string {
  const without = planText('hybrid').replace(/^(loadBalancers|bgp): .*\n/gm, '');
  return changed(without, 'mode: routed', `mode: existing, cni: ${cni}`);
}

const OTHER = '{conf: 87-own.conflist, name: My.net_1}';
const RANCHER = '/var/lib/rancher/k3s';
const usual = { confDir: '/etc/cni/net.d', binDir: '/opt/cni/bin' };

describeUnless(lackOfMultus, 'Multus with a network that the cluster keeps', () => {
  describe.each([
    ['cilium', { ...usual, name: 'cilium', file: '05-cilium.conflist' }],
    ['flannel', { ...usual, name: 'cbr0', file: '10-flannel.conflist' }],
    [
      'k3s',
      {
        confDir: `${RANCHER}/agent/etc/cni/net.d`,
        binDir: `${RANCHER}/data/cni`,
        name: 'cbr0',
        file: '10-flannel.conflist',
      },
    ],
    [OTHER, { ...usual, name: 'My.net_1', file: '87-own.conflist' }],
  ])('%s', (cni, { confDir, binDir, name, file }) => {
    let multus: MultusNode;

    beforeAll(async () => {
      multus = await startMultusNodeOf({
        values: clusterValues(anyNetworkOf(keeping(cni))),
        // As the distribution has them, not as the plan says: the two must meet.
        folders: { confDir, binDir },
        clusterNetwork: { file: `${confDir}/${file}`, name },
      });
    });

    afterAll(async () => {
      await multus.stop();
    });

    test('the gate waits for its file, and Multus is the first file beside it', async () => {
      expect((await multus.gate('1s')).code).toBe(1);
      await multus.installClusterNetwork();
      expect(await multus.gate('20s')).toMatchObject({ code: 0 });
      const files = (await multus.node.must(['ls', confDir])).trim().split('\n');
      expect(files.filter((one) => /[.]conf(list)?$/.test(one)).sort()).toEqual(['0-multus.conf', file]);
    });

    test('a pod has eth0 of that network, and net1 of the LAN', async () => {
      const uid = (await multus.createPods('smarthome', { home: { [NETWORKS]: 'default/layer2-bridge' } })).get('home');
      expect(await multus.cni('ADD', 'home', uid ?? '')).toMatchObject({ code: 0 });
      const { annotations } = (await multus.cluster.object('pod', 'home', 'smarthome'))?.metadata as unknown as {
        annotations: Record<string, string>;
      };
      const status = JSON.parse(annotations['k8s.v1.cni.cncf.io/network-status'] ?? '[]') as Record<string, unknown>[];
      expect(status.map((one) => [one.name, one.interface])).toEqual([
        [name, 'eth0'],
        ['default/layer2-bridge', 'net1'],
      ]);
      expect(await multus.inPod('home', '-4', 'address', 'show', 'dev', 'net1')).toContain('inet 192.168.2.');
      expect(await multus.inPod('home', 'route', 'get', '224.0.0.251')).toContain('dev net1');
      expect(await multus.inPod('home', 'route', 'get', '203.0.113.1')).toContain('dev eth0');
      expect(await multus.inPod('home', 'route', 'get', '192.168.7.9')).toContain('dev eth0');
      expect(await multus.cni('DEL', 'home', uid ?? '')).toMatchObject({ code: 0 });
      expect(await multus.inPod('home', '-brief', 'link')).not.toMatch(/eth0|net1/);
    });

    test('a pod that asks for nothing has eth0 alone', async () => {
      const uid = (await multus.createPods('smarthome', { plain: {} })).get('plain');
      expect(await multus.cni('ADD', 'plain', uid ?? '')).toMatchObject({ code: 0 });
      expect(await multus.inPod('plain', '-brief', 'link')).toMatch(/eth0/);
      expect(await multus.inPod('plain', '-brief', 'link')).not.toMatch(/net1/);
    });
  });
});
