/**
 * Why the chart refuses what it refuses: upstream's API takes each of these in and Calico then breaks on it, or ignores
 * it in silence (docs/facts.md#what-the-api-lets-through; "then" says what happens). Should a later version of
 * upstream refuse one by itself, its test here fails, and ours is no longer needed.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { NAMESPACE, network } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { NetworkValues } from '../../cdk8s/values/network.ts';
import { chartWithStandIns } from '../helm/stand-ins.ts';
import { fieldManager, type KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { dryRunOn, type DryRun } from './dry-run.ts';
import { ok, planValues } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-assignment -- values that are wrong on purpose have no type */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
type Wrong = any;

interface Broken {
  /** What is wrong. */
  readonly title: string;
  /** What becomes of it in Calico or MetalLB. */
  readonly then: string;
  /** The mistake, in the values of a plan that is right. */
  readonly mistake: (values: Wrong) => void;
  /** What Helm says about it. */
  readonly said: RegExp;
}

const ipPool = (values: Wrong) => values.installation.calicoNetwork.ipPools[0];
const peer = (values: Wrong) => values.bgpPeers['home-a'];

const accepted: readonly Broken[] = [
  {
    title: 'host bits in an announced subnet',
    then: 'BIRD cannot start again',
    mistake: (values) => (values.bgpConfiguration.serviceLoadBalancerIPs = [{ cidr: '10.65.1.1/24' }]),
    said: /bgpConfiguration[/.]serviceLoadBalancerIPs[/.]0[/.]cidr.*pattern/s,
  },
  {
    title: 'addresses announced one by one',
    then: 'every node has a blackhole for them',
    mistake: (values) => (values.bgpConfiguration.serviceLoadBalancerAggregation = 'Disabled'),
    said: /bgpConfiguration[/.]serviceLoadBalancerAggregation.*Enabled/s,
  },
  {
    title: 'a pool with a bad selector',
    then: 'no pod gets an address',
    mistake: (values) => (ipPool(values).nodeSelector = 'kubernetes.io/os = linux'),
    said: /ipPools[/.]0[/.]nodeSelector.*pattern/s,
  },
  {
    title: 'a pool with host bits',
    then: 'the routes are not those of the plan',
    mistake: (values) => (ipPool(values).cidr = '10.64.0.1/18'),
    said: /ipPools[/.]0[/.]cidr.*pattern/s,
  },
  {
    title: 'blocks larger than Calico hands out',
    then: 'no pod gets an address',
    mistake: (values) => (ipPool(values).blockSize = 19),
    said: /ipPools[/.]0[/.]blockSize.*20/s,
  },
  {
    title: 'a pool smaller than one of its blocks',
    then: 'no pod gets an address',
    mistake: (values) => (ipPool(values).cidr = '10.64.0.0/27'),
    said: /network\.installation has the pool pods of 10\.64\.0\.0\/27, smaller than one of its blocks, \/26: no pod would get an address/,
  },
  {
    title: 'overlapping pools',
    then: 'two pods get one address',
    mistake: (values) =>
      values.installation.calicoNetwork.ipPools.push({ ...ipPool(values), name: 'more', cidr: '10.64.0.0/19' }),
    said: /ipPools.*(maxItems|at most 1)/is,
  },
  {
    title: 'a peer without AS number',
    then: 'the configuration of BIRD is frozen on every node',
    mistake: (values) => delete peer(values).asNumber,
    said: /bgpPeers[/.]home-a.*asNumber/s,
  },
  {
    title: 'a peer by name',
    then: 'the peer is skipped',
    mistake: (values) => (peer(values).peerIP = 'router.example.net'),
    said: /bgpPeers[/.]home-a[/.]peerIP.*pattern/s,
  },
  {
    title: 'a peer with a bad selector',
    then: 'the peer is skipped',
    mistake: (values) => (peer(values).nodeSelector = 'site = home-a'),
    said: /bgpPeers[/.]home-a[/.]nodeSelector.*pattern/s,
  },
  {
    title: 'two peers with one address',
    then: 'one of them is ignored',
    mistake: (values) => (peer(values).peerIP = values.bgpPeers['home-b'].peerIP),
    said: /network\.bgpPeers\.home-a and network\.bgpPeers\.home-b have the same peerIP, 10\.72\.0\.1: Calico would use one of them and ignore the other/,
  },
  {
    title: 'a filter that is not there',
    then: 'every route is taken and offered',
    mistake: (values) => (peer(values).filters = ['home']),
    said: /network\.bgpPeers\.home-a names the filter home, which is not in network\.bgpFilters: Calico would accept and announce every route/,
  },
  {
    title: 'a peer without filter',
    then: 'every route is taken and offered',
    mistake: (values) => delete peer(values).filters,
    said: /bgpPeers[/.]home-a.*filters/s,
  },
  {
    title: 'a filter that lets everything in',
    then: 'a default route of the router lands on the nodes',
    mistake: (values) => (values.bgpFilters[peer(values).filters[0]].importV4 = []),
    said: /bgpFilters[/.][a-z-]+[/.]importV4.*(minItems|at least 1|Array must have)/is,
  },
  {
    title: 'an AS number that stands for another (RFC 6793)',
    then: 'routers refuse the session',
    mistake: (values) => (peer(values).asNumber = 23456),
    said: /bgpPeers[/.]home-a[/.]asNumber.*got 23,456/s,
  },
  {
    title: 'a period in words',
    then: 'the peer is skipped',
    mistake: (values) => (peer(values).maxRestartTime = '10 seconds'),
    said: /bgpPeers[/.]home-a[/.]maxRestartTime.*pattern/s,
  },
  {
    title: 'a range for MetalLB',
    then: 'Calico cannot announce the same',
    mistake: (values) => (values.ipAddressPools['home-a'].addresses = ['10.65.1.1-10.65.1.9']),
    said: /ipAddressPools[/.]home-a[/.]addresses[/.]0.*pattern/s,
  },
];

describeOnCluster(['helm3', 'helm4'], "Calico's API", () => {
  let cluster: ControlPlane;
  let chart: string;
  let dryRun: DryRun;

  beforeAll(async () => {
    cluster = await startControlPlane();
    ok(await cluster.kubectl(['create', 'namespace', NAMESPACE]));
    await operatorHasRun(cluster);
    chart = chartWithStandIns(cluster.folder);
    dryRun = await dryRunOn(cluster);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  /** By both Helms at once. `helm template` asks no cluster: what it refuses is refused before anything is sent. */
  async function rendered(values: NetworkValues) {
    const file = join(cluster.folder, 'values.yaml');
    writeFileSync(file, stringify({ network: values }));
    const layer = join(chart, 'layers', 'network.yaml');
    const command = ['template', network.release, chart, '--namespace', NAMESPACE, '-f', layer, '-f', file];
    const results = await Promise.all(([3, 4] as const).map(async (version) => await cluster.helm(version, command)));
    return results.map(({ code, stderr }) => ({ code, stderr }));
  }

  const right = planValues('multi-site');
  const objectsOf = (values: NetworkValues) => layerObjects(network, { network: values }) as KubernetesObject[];

  test('takes in the values without a mistake, and so does the chart', async () => {
    for (const object of objectsOf(right)) expect(await dryRun(object)).toEqual({ accepted: true, message: '' });
    const fine = { code: 0, stderr: '' };
    expect(await rendered(right)).toEqual([fine, fine]);
  });

  test.each(accepted)('takes in $title, then $then; the chart refuses it', async ({ mistake, said }) => {
    const values = structuredClone(right);
    mistake(values);
    const known = new Set(objectsOf(right).map((object) => JSON.stringify(object)));
    const wrong = objectsOf(values).filter((object) => !known.has(JSON.stringify(object)));
    expect(wrong).not.toEqual([]);
    for (const object of wrong) expect(await dryRun(object)).toEqual({ accepted: true, message: '' });
    const refused = { code: 1, stderr: expect.stringMatching(said) };
    expect(await rendered(values)).toEqual([refused, refused]);
  });

  const calico = { apiVersion: 'projectcalico.org/v3' };
  const bgpPeer = { ...calico, kind: 'BGPPeer', metadata: { name: 'router' } };
  const bgpConfiguration = { ...calico, kind: 'BGPConfiguration', metadata: { name: 'default' } };
  const bgpFilter = { ...calico, kind: 'BGPFilter', metadata: { name: 'router' } };
  const ipPoolObject = { ...calico, kind: 'IPPool', metadata: { name: 'pods' } };

  test.each<[string, KubernetesObject, RegExp]>([
    [
      'a peer by selector and AS number',
      { ...bgpPeer, spec: { peerSelector: 'all()', asNumber: 64512 } },
      /asNumber must be empty when peerSelector is set/,
    ],
    [
      'a peer of one node and of a selection',
      { ...bgpPeer, spec: { peerIP: '192.168.2.1', asNumber: 64512, node: 'node1', nodeSelector: 'all()' } },
      /node and nodeSelector cannot both be set/,
    ],
    [
      'an AS number over 2147483647',
      { ...bgpPeer, spec: { peerIP: '192.168.2.1', asNumber: 4200000000, nodeSelector: 'all()' } },
      /format int32 in spec\.asNumber/,
    ],
    [
      'a password for a mesh that is off',
      {
        ...bgpConfiguration,
        spec: { nodeToNodeMeshEnabled: false, nodeMeshPassword: { secretKeyRef: { name: 'any', key: 'password' } } },
      },
      /nodeMeshPassword cannot be set when nodeToNodeMeshEnabled is false/,
    ],
    [
      'a range to announce',
      { ...bgpConfiguration, spec: { serviceLoadBalancerIPs: [{ cidr: '192.168.6.1-192.168.6.9' }] } },
      /serviceLoadBalancerIPs\[0\]\.cidr in body must be of type cidr/,
    ],
    [
      'a range in a filter',
      { ...bgpFilter, spec: { importV4: [{ action: 'Accept', cidr: '10.0.0.1-10.0.0.9', matchOperator: 'In' }] } },
      /importV4\[0\]\.cidr in body must be of type cidr/,
    ],
    [
      'a subnet in a filter without operator',
      { ...bgpFilter, spec: { importV4: [{ action: 'Accept', cidr: '10.0.0.0/8' }] } },
      /cidr and matchOperator must both be set/,
    ],
    [
      'two encapsulations',
      { ...ipPoolObject, spec: { cidr: '10.64.0.0/16', ipipMode: 'Always', vxlanMode: 'Always' } },
      /ipipMode and vxlanMode cannot both be enabled/,
    ],
  ])('refuses by itself %s', async (_, object, message) => {
    expect(await dryRun(object)).toEqual({ accepted: false, message: expect.stringMatching(message) });
  });

  test('refuses by itself to change the subnet and the block size of a pool', async () => {
    const spec = { cidr: '10.64.0.0/16', blockSize: 26, nodeSelector: 'all()' };
    const created = JSON.stringify({ ...ipPoolObject, spec });
    ok(await cluster.kubectl(['apply', '--server-side', `--field-manager=${fieldManager}`, '--filename=-'], created));
    const changed = async (change: object) => (await dryRun({ ...ipPoolObject, spec: { ...spec, ...change } })).message;
    expect(await changed({ blockSize: 27 })).toMatch(/Block size cannot be changed/);
    expect(await changed({ cidr: '10.65.0.0/16' })).toMatch(/CIDR cannot be changed/);
  });
});
