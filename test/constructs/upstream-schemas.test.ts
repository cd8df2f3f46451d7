/** Every custom resource that flatlan makes, against upstream's own CRDs, offline. With a real API server: test/cluster. */
import { expect, test } from '@jest/globals';
import { layersIn, network as networkLayer } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { lackOfShared, sharedFolder } from '../cluster/shared.ts';
import { describeUnless } from '../cluster/tools.ts';
import { keyOf, type Manifest } from '../helm/manifests.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomOnLanPlans } from '../plans/random-on-lan.ts';
import { randomPlans } from '../plans/random.ts';
import { closed, upstreamSchemas } from './upstream-schemas.ts';

const shared = sharedFolder();

describeUnless(lackOfShared(), "custom resources have the fields of upstream's kinds", () => {
  // A skipped body runs too, without its tests.
  const schemas = shared === undefined ? new Map<string, never>() : upstreamSchemas(shared);
  const kinds = [
    'operator.tigera.io/v1 Installation',
    'projectcalico.org/v3 BGPConfiguration',
    'projectcalico.org/v3 BGPFilter',
    'projectcalico.org/v3 BGPPeer',
    'projectcalico.org/v3 FelixConfiguration',
    'projectcalico.org/v3 KubeControllersConfiguration',
    'metallb.io/v1beta1 IPAddressPool',
  ];
  const RESERVATION = 'projectcalico.org/v3 IPReservation';

  function customResources(network: Network): Manifest[] {
    const values = clusterValues(network);
    const objects = layersIn(network).flatMap((layer) => layerObjects(layer, values)) as Manifest[];
    // Kubernetes' own, and the kind that flatlan itself brings.
    const others = /^(v1|apps\/v1|.+\.k8s\.io\/v1|k8s\.cni\.cncf\.io\/v1)$/;
    return objects.filter(({ apiVersion }) => !others.test(apiVersion));
  }

  function problemsOf(object: Manifest): string[] {
    const validate = schemas.get(`${object.apiVersion} ${object.kind}`);
    if (!validate) return [`no kind ${object.apiVersion} ${object.kind}`];
    validate(object);
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${keyOf(object)} ${instancePath} ${message ?? ''}`,
    );
  }

  test.each(['flat-bgp', 'same-subnet', 'multi-site', 'hybrid'])('%s', (plan) => {
    const objects = customResources(planNetwork(plan));
    const reserved = plan === 'same-subnet' ? [RESERVATION] : [];
    expect([...new Set(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))].sort()).toEqual(
      [...kinds, ...reserved].sort(),
    );
    expect(objects.flatMap(problemsOf)).toEqual([]);
  });

  test('50 random plans, and 40 of mode on-lan', () => {
    for (const { text, network } of [...randomPlans(50, 11), ...randomOnLanPlans(40, 11)])
      expect({ text, problems: customResources(network).flatMap(problemsOf) }).toEqual({ text, problems: [] });
  });

  // The check itself: each field of each object, misspelled, is found.
  test.each(customResources(planNetwork('multi-site')).map((object) => [keyOf(object), object] as const))(
    'a misspelled field is found anywhere in %s',
    (_, object) => {
      const misspelled = [...withEachKeyMisspelled(object.spec)];
      expect(misspelled.length).toBeGreaterThan(2);
      for (const { key, value } of misspelled) {
        const problems = problemsOf({ ...object, spec: value });
        // Keys of maps are free: labels of nodes.
        if (key.includes('node-role')) expect(problems).toEqual([]);
        else expect([key, problems.join('\n')]).toEqual([key, expect.stringContaining('additional properties')]);
      }
    },
  );

  test('wrong values are found: enums, types, numbers beyond int32', () => {
    const objects = layerObjects(networkLayer, clusterValues(planNetwork('flat-bgp'))) as Manifest[];
    const changed = (kind: string, change: object): string => {
      const object = objects.find((one) => one.kind === kind);
      if (!object) throw new Error(`no ${kind}`);
      return problemsOf({ ...object, spec: { ...(object.spec as object), ...change } }).join('\n');
    };
    expect(changed('BGPConfiguration', { asNumber: 2147483648 })).toContain('/spec/asNumber must match format "int32"');
    expect(changed('BGPConfiguration', { serviceLoadBalancerAggregation: 'On' })).toContain('must be equal to one of');
    expect(changed('IPAddressPool', { addresses: '192.168.6.0/24' })).toContain('/spec/addresses must be array');
  });
});

/** Copies of a tree, each with one key misspelled. */
function* withEachKeyMisspelled(tree: unknown): Iterable<{ key: string; value: unknown }> {
  if (Array.isArray(tree)) {
    for (const [index, item] of tree.entries())
      for (const { key, value } of withEachKeyMisspelled(item)) yield { key, value: tree.with(index, value) };
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  for (const [name, child] of Object.entries(tree) as [string, unknown][]) {
    const others = Object.entries(tree).filter(([other]) => other !== name);
    yield { key: name, value: Object.fromEntries([...others, [`${name}x`, child]]) };
    for (const { key, value } of withEachKeyMisspelled(child)) yield { key, value: { ...tree, [name]: value } };
  }
}

test('only what upstream leaves open is open', () => {
  const free = { type: 'object', additionalProperties: { type: 'object', properties: { a: {} } } };
  const kept = { type: 'object', properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true };
  expect(closed({ properties: { free, kept, list: { items: { properties: { a: {} } } } } })).toEqual({
    additionalProperties: false,
    properties: {
      free: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { a: {} }, additionalProperties: false },
      },
      kept,
      list: { items: { properties: { a: {} }, additionalProperties: false } },
    },
  });
});
