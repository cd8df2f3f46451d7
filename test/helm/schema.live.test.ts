/**
 * values.schema.json refuses wrong values before anything is sent, for those who write values by hand. Marked "API:" are
 * the lines of docs/facts.md#what-the-api-lets-through that values can express; two of them are guards (chart.live.test.ts:
 * two peers with one IP, a pool smaller than a block), and what a plan says of them stands in
 * test/plan/rules/calico-api.test.ts.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { join } from 'node:path';
import { parse } from 'yaml';
import { NAMESPACE, network as networkLayer, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { networkSubchart } from '../../cdk8s/helm/subcharts.ts';
import { subchartSchema, umbrellaSchema } from '../../cdk8s/helm/values-schema.ts';
import { umbrellaValues } from '../../cdk8s/helm/values-files.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { networkValuesSchema } from '../../cdk8s/values/network.ts';
import { yamlText } from '../../cdk8s/yaml-text.ts';
import { describeWith } from '../cluster/tools.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';
import { fileWith, helm, helms, temporaryFolder } from './helm.ts';
import { byKey, manifestsIn } from './manifests.ts';
import { withValue } from './with-value.ts';
import { chartWithStandIns, receivedValues } from './stand-ins.ts';

const good = {
  network: {
    ...networkValues(planNetwork('flat-bgp')),
    ipReservations: networkValues(planNetwork('same-subnet')).ipReservations,
  },
};

/** A wrong value: where it goes, and what Helm's message must say of it. */
interface Wrong {
  readonly title: string;
  readonly path: readonly (string | number)[];
  /** Undefined takes the value out. */
  readonly value: unknown;
  readonly message: RegExp;
}

const installation = ['network', 'installation'];
const pool = [...installation, 'calicoNetwork', 'ipPools', 0];
const bgp = ['network', 'bgpConfiguration'];
const peer = ['network', 'bgpPeers', 'edgerouter'];
const filter = ['network', 'bgpFilters', 'edgerouter'];

const mistakes: readonly Wrong[] = [
  {
    title: 'API: an AS number that int32 does not hold',
    path: [...bgp, 'asNumber'],
    value: 4200000000,
    message: /maximum: got .+, want 2\.147483647/,
  },
  {
    title: 'API: an AS number of a peer that int32 does not hold',
    path: [...peer, 'asNumber'],
    value: 2147483648,
    message: /asNumber.*maximum/s,
  },
  {
    title: 'API: an AS number of the nodes in one session that int32 does not hold',
    path: [...peer, 'localASNumber'],
    value: 4294967295,
    message: /localASNumber': maximum/,
  },
  {
    title: 'AS_TRANS',
    path: [...bgp, 'asNumber'],
    value: 23456,
    message: /maximum: got .+, want 23,?455\n.*minimum: got .+, want 23,?457/,
  },
  { title: 'the last AS number of 16 bits', path: [...peer, 'asNumber'], value: 65535, message: /want 65,?534/ },
  {
    title: 'API: host bits in load balancer addresses',
    path: [...bgp, 'serviceLoadBalancerIPs', 0, 'cidr'],
    value: '192.168.6.1/24',
    message: /'192\.168\.6\.1\/24' does not match pattern '\\\\\.0\/24\$'/,
  },
  {
    title: 'host bits of a long list of possible ends',
    path: [...bgp, 'serviceLoadBalancerIPs', 0, 'cidr'],
    value: '192.168.7.0/23',
    message: /'192\.168\.7\.0\/23' does not match pattern '\[02468\]\\\\\.0\/23\$'/,
  },
  {
    title: 'API: a range of load balancer addresses',
    path: [...bgp, 'serviceLoadBalancerIPs', 0, 'cidr'],
    value: '192.168.6.10-192.168.6.20',
    message: /'192\.168\.6\.10-192\.168\.6\.20' does not match pattern/,
  },
  {
    title: 'host bits in service addresses',
    path: [...bgp, 'serviceClusterIPs', 0, 'cidr'],
    value: '10.96.0.1/12',
    message: /'10\.96\.0\.1\/12' does not match pattern/,
  },
  {
    title: 'API: host bits in the pool',
    path: [...pool, 'cidr'],
    value: '192.168.4.77/24',
    message: /'192\.168\.4\.77\/24' does not match pattern/,
  },
  {
    title: 'API: a range in a reservation, with which no pod gets an address',
    path: ['network', 'ipReservations', 'devices', 'reservedCIDRs', 0],
    value: '192.168.3.10-192.168.3.20',
    message: /'192\.168\.3\.10-192\.168\.3\.20' does not match pattern/,
  },
  {
    title: 'octal-looking octets',
    path: [...pool, 'cidr'],
    value: '192.168.04.0/24',
    message: /'192\.168\.04\.0\/24' does not match pattern/,
  },
  { title: 'API: block size 19', path: [...pool, 'blockSize'], value: 19, message: /minimum: got 19, want 20/ },
  { title: 'block size 33', path: [...pool, 'blockSize'], value: 33, message: /maximum: got 33, want 32/ },
  {
    title: 'API: overlapping pools, by a second pool',
    path: [...installation, 'calicoNetwork', 'ipPools', 1],
    value: good.network.installation?.calicoNetwork.ipPools[0],
    message: /maxItems: got 2, want 1/,
  },
  {
    title: 'API: a bad selector of a pool',
    path: [...pool, 'nodeSelector'],
    value: 'everything',
    message: /'everything' does not match pattern/,
  },
  { title: 'API: IPIP, an overlay', path: [...pool, 'encapsulation'], value: 'IPIP', message: /value must be 'None'/ },
  { title: 'NAT', path: [...pool, 'natOutgoing'], value: 'Enabled', message: /value must be 'Disabled'/ },
  {
    title: 'API: a peer without AS number',
    path: [...peer, 'asNumber'],
    value: undefined,
    message: /missing property 'asNumber'/,
  },
  {
    title: "API: a peer's name in place of its address",
    path: [...peer, 'peerIP'],
    value: 'router.lan',
    message: /'router\.lan' does not match pattern/,
  },
  {
    title: 'API: a bad node selector of a peer',
    path: [...peer, 'nodeSelector'],
    value: "rack = 'a'",
    message: /'rack = .+ does not match pattern/,
  },
  {
    title: 'a peer without filter: Calico takes every route',
    path: [...peer, 'filters'],
    value: [],
    message: /minItems: got 0, want 1/,
  },
  {
    title: 'a filter that lets everything in',
    path: [...filter, 'importV4'],
    value: [],
    message: /minItems: got 0, want 1/,
  },
  {
    title: 'host bits in a filter',
    path: [...filter, 'importV4', 0, 'cidr'],
    value: '192.168.4.1/24',
    message: /'192\.168\.4\.1\/24' does not match pattern/,
  },
  {
    title: 'API: a subnet in a filter without its operator',
    path: [...filter, 'importV4', 0, 'matchOperator'],
    value: undefined,
    message: /properties 'matchOperator' required, if 'cidr' exists/,
  },
  {
    title: 'API: a range in a filter',
    path: [...filter, 'importV4', 0, 'cidr'],
    value: '192.168.4.0-192.168.4.255',
    message: /'192\.168\.4\.0-192\.168\.4\.255' does not match pattern/,
  },
  {
    title: 'API: a selector of peers beside an AS number',
    path: [...peer, 'peerSelector'],
    value: 'all()',
    message: /additional properties 'peerSelector' not allowed/,
  },
  {
    title: 'API: a node beside a node selector',
    path: [...peer, 'node'],
    value: 'rancher',
    message: /additional properties 'node' not allowed/,
  },
  {
    title: "a mesh's password itself",
    path: [...bgp, 'nodeMeshPassword'],
    value: 'hunter2',
    message: /got string, want object/,
  },
  {
    title: 'addresses one by one: a blackhole each on every node',
    path: [...bgp, 'serviceLoadBalancerAggregation'],
    value: 'Disabled',
    message: /value must be 'Enabled'/,
  },
  {
    title: 'API: a dataplane that is not a kube-proxy mode, in the Installation',
    path: [...installation, 'calicoNetwork', 'linuxDataplane'],
    value: 'BPF',
    message: /value must be one of 'Iptables', 'Nftables'/,
  },
  {
    title: 'API: nftables in Felix whatever the Installation says',
    path: ['network', 'felixConfiguration', 'nftablesMode'],
    value: 'Enabled',
    message: /value must be one of 'Disabled', 'Auto'/,
  },
  {
    title: 'two allocators',
    path: ['network', 'kubeControllersConfiguration', 'controllers', 'loadBalancer', 'assignIPs'],
    value: 'AllServices',
    message: /value must be 'RequestedServicesOnly'/,
  },
  {
    title: 'a range in a MetalLB pool',
    path: ['network', 'ipAddressPools', 'load-balancers', 'addresses', 0],
    value: '192.168.6.10-192.168.6.20',
    message: /does not match pattern/,
  },
  {
    title: 'tolerations that keep Typha off a node without network, as an earlier flatlan wrote them',
    path: [...installation, 'controlPlaneTolerations'],
    value: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
    message: /value must be 'another list: it keeps Typha .*network-unavailable:NoSchedule.*flatlan synth again/,
  },
  {
    title: 'tolerations of Typha without those of NoExecute',
    path: [...installation, 'typhaDeployment', 'spec', 'template', 'spec', 'tolerations'],
    value: [{ operator: 'Exists', effect: 'NoSchedule' }],
    message: /value must be 'another list: /,
  },
  {
    title: 'tolerations of calico-node for a minute',
    path: [...installation, 'calicoNodeDaemonSet', 'spec', 'template', 'spec', 'tolerations'],
    value: [{ operator: 'Exists', tolerationSeconds: 60 }],
    message: /value must be 'another list: /,
  },
  {
    title: 'an unknown key',
    path: [...peer, 'asnumber'],
    value: 1,
    message: /additional properties 'asnumber' not allowed/,
  },
  {
    title: 'an unknown part of the network',
    path: ['network', 'bgpPeer'],
    value: {},
    message: /additional properties 'bgpPeer' not allowed/,
  },
  {
    title: 'a part under a wrong name',
    path: ['netwrok'],
    value: {},
    message: /additional properties 'netwrok' not allowed/,
  },
  { title: 'text for a number', path: [...pool, 'blockSize'], value: '26', message: /got string, want integer/ },
  {
    title: 'a word for allowUninstall',
    path: ['global', 'allowUninstall'],
    value: 'yes',
    message: /got string, want boolean/,
  },
  { title: "MetalLB's speaker", path: ['metallb', 'speaker', 'enabled'], value: true, message: /value must be false/ },
  {
    title: 'a webhook that stops the first install',
    path: ['metallb', 'crds', 'validationFailurePolicy'],
    value: 'Fail',
    message: /value must be 'Ignore'/,
  },
  {
    title: 'kinds of Calico that nobody makes',
    path: ['tigera-operator', 'manageCRDs'],
    value: false,
    message: /value must be true/,
  },
  {
    title: 'a second Installation',
    path: ['tigera-operator', 'installation', 'enabled'],
    value: true,
    message: /value must be false/,
  },
  {
    title: 'an image without version',
    path: ['checks', 'image'],
    value: 'kubectl',
    message: /'kubectl' does not match pattern/,
  },
];

interface Placed extends Wrong {
  /** As Helm names it: a JSON pointer into the values of the chart whose schema speaks. */
  readonly place: string;
}

const wrong = mistakes.map((one): Placed => {
  const [first = '', ...rest] = one.path.map(String);
  const pointer = first === 'network' ? rest : [first, ...rest];
  // What is missing, or not allowed at all, is told of what it would stand in; so is the length of a list.
  const ofParent = /missing|additional|maxItems|required, if/.test(one.message.source);
  const keys = ofParent ? pointer.slice(0, -1) : pointer;
  return { ...one, place: keys.map((key) => `/${key}`).join('') };
});

/** The longest line that still fits a few lines of a terminal. */
const READABLE = 400;

/**
 * Helm reports every error of one run, each with its place, so wrong values share a run where neither lies inside the
 * other and no two are reported at one place.
 */
const batches: Placed[][] = [];
for (const one of wrong) {
  const apart = (other: Placed): boolean =>
    one.place !== other.place && !within(one.path, other.path) && !within(other.path, one.path);
  const batch = batches.find((candidates) => candidates.every(apart));
  if (batch) batch.push(one);
  else batches.push([one]);
}

function within(inner: Wrong['path'], outer: Wrong['path']): boolean {
  return outer.every((key, depth) => inner[depth] === key);
}

test('at least twenty wrong values, and every line of the facts that values can express', () => {
  expect(wrong.length).toBeGreaterThanOrEqual(20);
  expect(wrong.filter(({ title }) => title.startsWith('API:')).length).toBeGreaterThanOrEqual(10);
});

describeWith(helms, 'Helm refuses wrong values', () => {
  const folder = temporaryFolder();
  let chart = '';
  beforeAll(() => {
    chart = chartWithStandIns(folder);
  });

  const template = (which: (typeof helms)[number], layer: Layer, values: string) =>
    helm(which, folder, [
      ...['template', layer.release, chart, '--namespace', NAMESPACE],
      ...['-f', join(chart, 'layers', `${layer.name}.yaml`), '-f', values],
    ]);

  describe.each(helms)('%s', (which) => {
    // What Helm said of each batch, by the place it says it of.
    const said: Promise<string>[] = [];
    beforeAll(async () => {
      for (const [index, batch] of batches.entries()) {
        const values = batch.reduce<unknown>((tree, { path, value }) => withValue(tree, path, value), good);
        const file = fileWith(folder, `${which}-wrong-${index}.yaml`, yamlText(values));
        said.push(template(which, networkLayer, file).then(({ code, stderr }) => `exit status ${code}\n${stderr}`));
      }
      await Promise.all(said);
    });

    test.each(wrong)('$title', async (one) => {
      const stderr = await said[batches.findIndex((batch) => batch.includes(one))];
      expect(stderr).toMatch(/^exit status 1\n/);
      const lines = (stderr ?? '').split('\n').filter((line) => line.includes(`- at '${one.place}': `));
      expect([lines.length > 0, stderr]).toEqual([true, stderr]);
      const text = lines.join('\n');
      expect(text).toMatch(one.message);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(READABLE);
    });

    test("upstream's own values may stand beside ours", async () => {
      const values = {
        'tigera-operator': {
          resources: { limits: { memory: '256Mi' } },
          tigeraOperator: { registry: 'mirror.example.net' },
        },
        metallb: { controller: { logLevel: 'debug' }, prometheus: { rbacPrometheus: false } },
      };
      const { code, stderr, stdout } = await template(
        which,
        operators,
        fileWith(folder, `${which}-upstream.yaml`, yamlText(values)),
      );
      expect([stderr, code]).toEqual(['', 0]);
      const got = byKey(manifestsIn(stdout));
      expect(receivedValues(got[`v1 ConfigMap ${NAMESPACE}/tigera-operator-received-values`] ?? {})).toMatchObject({
        ...values['tigera-operator'],
        manageCRDs: true,
      });
      expect(receivedValues(got[`v1 ConfigMap ${NAMESPACE}/metallb-received-values`] ?? {})).toMatchObject({
        ...values.metallb,
        speaker: { enabled: false },
      });
    });

    test('helm lint refuses it too, at its place', async () => {
      const values = yamlText(withValue(good, [...peer, 'peerIP'], 'router.lan'));
      const file = fileWith(folder, `${which}-lint.yaml`, values);
      const layer = join(chart, 'layers', `${networkLayer.name}.yaml`);
      const { code, stdout, stderr } = await helm(which, folder, ['lint', '--strict', chart, '-f', layer, '-f', file]);
      expect(stdout + stderr).toMatch(/at '\/bgpPeers\/edgerouter\/peerIP': 'router\.lan' does not match pattern/);
      expect(code).toBe(1);
    });

    test('what a Helm user may add is taken: a mirror, resources, metrics', async () => {
      const values = {
        network: {
          ...good.network,
          installation: {
            ...good.network.installation,
            registry: 'mirror.example.net/',
            nodeMetricsPort: 9091,
            calicoNodeDaemonSet: { spec: { template: { spec: { containers: [{ name: 'calico-node' }] } } } },
          },
          felixConfiguration: { ...good.network.felixConfiguration, prometheusMetricsEnabled: true },
        },
        checks: { image: `registry.k8s.io/kubectl:v1.36.3@sha256:${'0'.repeat(64)}`, timeout: '2m' },
      };
      const { code, stderr, stdout } = await template(
        which,
        networkLayer,
        fileWith(folder, `${which}-more.yaml`, yamlText(values)),
      );
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toContain('"registry":"mirror.example.net/"');
    });
  });
});

describe('the schemas themselves', () => {
  const ajv = new Ajv({ strict: false });
  const ofNetwork = ajv.compile(JSON.parse(subchartSchema(networkSubchart)) as object);
  const ofUmbrella = ajv.compile(JSON.parse(umbrellaSchema()) as object);

  test.each([
    ['network', () => subchartSchema(networkSubchart)],
    ['umbrella', umbrellaSchema],
  ])('%s: draft-07, the same at every call', (_, schema) => {
    expect(JSON.parse(schema())).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
    expect(schema()).toBe(schema());
  });

  test('take the defaults and every generated value, as the types do', () => {
    expect(ofUmbrella(parse(umbrellaValues()))).toBe(true);
    for (const { network: random } of randomPlans(30, 7)) {
      const values = networkValues(random);
      expect([ofNetwork(values), ofNetwork.errors]).toEqual([true, null]);
    }
  });

  test.each(wrong.filter(({ path }) => path[0] === 'network'))('the types refuse it too: $title', ({ path, value }) => {
    const { network: values } = withValue(good, path, value) as { network: unknown };
    expect(ofNetwork(values)).toBe(false);
    expect(networkValuesSchema.safeParse(values).success).toBe(false);
  });
});
