/** The conflists of nodes with bridged pods: as settings and as text and their size. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { bridgeSettings, conflistText } from '../../cdk8s/constructs/bridge/conflist.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { network as networkLayer } from '../../cdk8s/helm/layers.ts';
import type { BridgedPods, Network } from '../../cdk8s/plan/network/index.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { goJson } from '../../cdk8s/go-json.ts';
import { anyNetworkOf, planText } from '../plans/fixtures.ts';

function podsOf({ pods }: Network): BridgedPods {
  if (pods.mode !== 'bridged') throw new Error('the plan has other pods');
  return pods;
}

/** Nodes in a network that is large enough for them. */
function many(count: number, name = 'node{1..COUNT}'): string {
  return `version: 1
cluster: many
kubernetes: {version: "1.36", distribution: kubeadm, services: 172.20.0.0/16}
networks:
  data: {subnet: 10.0.0.0/8, gateway: 10.255.255.1, dns: [10.255.255.1]}
nodes:
${Array.from({ length: Math.ceil(count / 250) }, (_, index) => {
  const last = Math.min(250, count - index * 250);
  return `  "${name.replace('{1..COUNT}', `${index}-{1..${last}}`)}": {interfaces: {eth1: {network: data, bridge: br0, address: "10.${index + 1}.{}.0"}}}`;
}).join('\n')}
pods: {mode: bridged, network: data, perNode: {first: 1, count: 101}}
`;
}

describe('the conflist of a node', () => {
  const pods = podsOf(anyNetworkOf(planText('dumb-l2')));

  test('has the range of its node, the node as gateway and the further networks by the gateway of the network', () => {
    expect(JSON.parse(conflistText(pods, 'node7'))).toEqual({
      cniVersion: '1.0.0',
      name: 'flatlan',
      plugins: [
        {
          type: 'bridge',
          bridge: 'br0',
          promiscMode: true,
          mtu: 1500,
          ipam: {
            type: 'host-local',
            dataDir: '/run/cni/networks',
            ranges: [
              [{ subnet: '10.10.0.0/16', rangeStart: '10.10.7.1', rangeEnd: '10.10.7.101', gateway: '10.10.7.0' }],
            ],
            routes: [
              { dst: '0.0.0.0/0' },
              { dst: '10.11.0.0/16', gw: '10.10.0.1' },
              { dst: '10.12.0.0/16', gw: '10.10.0.1' },
            ],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    });
  });

  test('has addresses that no other node has', () => {
    const seen = new Map<number, string>();
    for (const { name, range, gateway } of pods.nodes) {
      expect(range.contains(gateway)).toBe(false);
      for (let address = range.first.value; address <= range.last.value; address++) {
        expect(seen.get(address)).toBeUndefined();
        seen.set(address, name);
      }
    }
    expect(seen.size).toBe(100 * 101);
  });
});

describe('the size of the settings', () => {
  const MIB = 2 ** 20;

  test.each([100, 1000, 5000])('of %i nodes fits into a ConfigMap, and the release into its Secret', (count) => {
    const network = anyNetworkOf(many(count));
    const values = clusterValues(network);
    const objects = layerObjects(networkLayer, values, network.versions);
    const settings = goJson(bridgeSettings(podsOf(network)));
    expect(settings.length).toBeLessThan(MIB * 0.96);
    // Helm keeps values and manifest of a release, compressed, as base64 of base64 (helm.sh/helm/v4, pkg/storage/driver).
    const release = gzipSync(JSON.stringify({ config: values, manifest: objects.map((one) => JSON.stringify(one)) }));
    const kept = (release.length * 16) / 9;
    expect(kept).toBeLessThan(MIB / 2);
  });

  test('is estimated from above by the rule, which refuses what does not fit', () => {
    const long = `${'n'.repeat(55)}{1..COUNT}`;
    const codes = (count: number) => checkPlan(many(count, long), 'plan.yaml').findings.map(({ code }) => code);
    expect(codes(1000)).not.toContain('pods/bridged-settings');
    expect(codes(5000)).toContain('pods/bridged-settings');
  });
});
