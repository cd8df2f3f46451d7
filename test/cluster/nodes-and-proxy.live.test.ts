/** Guards that look at nodes and at kube-proxy before the network is installed or begins to go by another address. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { network, operators } from '../../cdk8s/helm/layers.ts';
import type { NetworkValues } from '../../cdk8s/values/network.ts';
import { ok, planValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(180_000);

const values = planValues('flat-bgp');
const remedy = 'set its node-ip (STEPS.md, the Kubernetes step) and restart its kubelet';

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-explicit-any -- values that are wrong on purpose have no type */
function wrong(change: (values: any) => void): NetworkValues {
  const copy = structuredClone(values);
  change(copy);
  return copy;
}

describeOnCluster(['helm3', 'helm4'], 'nodes and kube-proxy', () => {
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;
    const kubectl = async (args: string[], input?: string) => ok(await umbrella.cluster.kubectl(args, input));

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      await operatorHasRun(umbrella.cluster);
      ok(await umbrella.install(operators, ...umbrella.layerFile(operators)));
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const tried = async (given = values) =>
      await umbrella.install(network, '--dry-run=server', ...umbrella.flags(network, given));

    async function node(name: string, internal: string, annotations: Record<string, string> = {}): Promise<void> {
      const labels = { 'kubernetes.io/hostname': name };
      const object = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels, annotations } };
      await kubectl(['apply', '--filename=-'], JSON.stringify(object));
      const addresses = [
        { type: 'Hostname', address: name },
        { type: 'InternalIP', address: 'fd00::1' },
        { type: 'InternalIP', address: internal },
      ];
      const patch = ['patch', 'node', name, '--subresource=status', '--type=merge', '--patch'];
      await kubectl([...patch, JSON.stringify({ status: { addresses } })]);
    }

    test('a node with the address of the plan is fine, and one that the plan knows no address of', async () => {
      await node('rancher', '192.168.2.225');
      await node('laptop', '192.168.2.77');
      ok(await tried());
    });

    test('a node whose InternalIP is not that of the plan is refused by name', async () => {
      await node('rancher', '10.0.0.7');
      expect(refusal(await tried())).toBe(
        `node rancher has the InternalIP 10.0.0.7, which Calico would use for BGP, but its address in the plan is 192.168.2.225 on the network of its pods: ${remedy}`,
      );
    });

    test('a node that speaks BGP from another address than its InternalIP is refused, too', async () => {
      await node('rancher', '192.168.2.225');
      await node('laptop', '192.168.2.77', { 'projectcalico.org/IPv4Address': '192.168.2.9/24' });
      expect(refusal(await tried())).toBe(
        `node laptop uses 192.168.2.9 for BGP, but has the InternalIP 192.168.2.77, which Calico would use from now on: ${remedy}`,
      );
      await node('laptop', '192.168.2.77', { 'projectcalico.org/IPv4Address': '192.168.2.77/24' });
      ok(await tried());
    });

    test('an address by subnet is refused, without a cluster as well', async () => {
      const bySubnet = wrong((all) => {
        all.installation.calicoNetwork.nodeAddressAutodetectionV4 = { cidrs: ['192.168.2.0/24'] };
      });
      const sentence =
        'network.installation.calicoNetwork.nodeAddressAutodetectionV4 is {"cidrs":["192.168.2.0/24"]}, with which Calico may ' +
        'use the address of a virtual or a second interface: write {kubernetes: NodeInternalIP}, and set node-ip on every node';
      expect(refusal(await tried(bySubnet))).toBe(sentence);
      const command = ['template', network.release, umbrella.chart, ...umbrella.flags(network, bySubnet)];
      expect((await umbrella.cluster.helm(version, command)).stderr).toContain(sentence);
    });

    const mixed =
      "kube-proxy uses nftables, but network.installation.calicoNetwork.linuxDataplane is Iptables: set kube-proxy's " +
      'mode to iptables, or linuxDataplane: Nftables with network.felixConfiguration.nftablesMode: Auto';
    const alongside = wrong((all) => {
      all.installation.calicoNetwork.linuxDataplane = 'Nftables';
      all.felixConfiguration.nftablesMode = 'Auto';
    });

    test.each([
      ['iptables', false],
      ['""', false],
      ['nftables', true],
      ['"nftables"', true],
    ])("kubeadm's ConfigMap with mode: %s", async (mode, refused) => {
      const config = `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${mode}\nnftables:\n  masqueradeAll: false\n`;
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kube-proxy', namespace: 'kube-system' },
        data: { 'config.conf': config },
      };
      await kubectl(['apply', '--filename=-'], JSON.stringify(object));
      if (refused) expect(refusal(await tried())).toBe(mixed);
      else ok(await tried());
      ok(await tried(alongside));
      await kubectl(['delete', 'configmap', 'kube-proxy', '--namespace', 'kube-system']);
    });

    test.each([
      ['iptables', false],
      ['nftables', true],
    ])("Talos' DaemonSet with --proxy-mode=%s", async (mode, refused) => {
      const labels = { 'k8s-app': 'kube-proxy' };
      const command = ['/usr/local/bin/kube-proxy', `--proxy-mode=${mode}`];
      const spec = { containers: [{ name: 'kube-proxy', image: 'kube-proxy.invalid/none:none', command }] };
      const object = {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'kube-proxy', namespace: 'kube-system' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      await kubectl(['apply', '--filename=-'], JSON.stringify(object));
      if (refused) expect(refusal(await tried())).toBe(mixed);
      else ok(await tried());
      ok(await tried(alongside));
      await kubectl(['delete', 'daemonset', 'kube-proxy', '--namespace', 'kube-system']);
    });

    test('two values of which the operator would correct one are refused', async () => {
      const torn = wrong((all) => (all.installation.calicoNetwork.linuxDataplane = 'Nftables'));
      expect(refusal(await tried(torn))).toBe(
        'network.felixConfiguration.nftablesMode is Disabled and network.installation.calicoNetwork.linuxDataplane is Nftables, ' +
          'with which the operator writes Auto: write nftablesMode: Auto',
      );
    });

    test('once the network goes by InternalIP a new node with a wrong one holds up nobody', async () => {
      ok(await umbrella.install(network, ...umbrella.flags(network, values)));
      await node('rancher', '10.0.0.7');
      ok(await umbrella.upgrade(network, ...umbrella.flags(network, values)));
    });

    test('kubectl waits for an object that is not there yet when it is asked to', async () => {
      const wait = (...condition: string[]) =>
        umbrella.cluster.kubectl(['wait', 'tigerastatus/calico', ...condition, '--timeout', '30s']);
      const early = await wait('--for', 'condition=Available');
      expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('NotFound')]);
      const patient = wait('--for', 'create');
      const object = { apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus', metadata: { name: 'calico' } };
      await kubectl(['create', '--filename=-'], JSON.stringify(object));
      expect((await patient).code).toBe(0);
    });
  });
});
