/** The objects of each layer: which there are, and what all of them have in common. */
import { describe, expect, test } from '@jest/globals';
import { chartFiles } from '../../cdk8s/helm/chart.ts';
import { apps, layers, network as networkLayer, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { byKey, keyOf, type Manifest } from '../helm/manifests.ts';
import { planNetwork } from '../plans/fixtures.ts';

const objectsOf = (plan: string, layer: Layer = networkLayer): Manifest[] =>
  layerObjects(layer, clusterValues(planNetwork(plan))) as Manifest[];
const flatBgp = byKey(objectsOf('flat-bgp'));

test('flat-bgp, network', () => {
  expect(Object.keys(flatBgp).sort()).toEqual(
    [
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-network-lock',
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-network-lock',
      'rbac.authorization.k8s.io/v1 Role flatlan-system/flatlan-network-keep',
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-network-keep',
      'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-network-keep',
      'operator.tigera.io/v1 Installation /default',
      'projectcalico.org/v3 BGPConfiguration /default',
      'projectcalico.org/v3 BGPFilter /edgerouter',
      'projectcalico.org/v3 BGPPeer /edgerouter',
      'projectcalico.org/v3 FelixConfiguration /default',
      'projectcalico.org/v3 KubeControllersConfiguration /default',
      'rbac.authorization.k8s.io/v1 ClusterRole /flatlan-bgp-password-reader',
      'rbac.authorization.k8s.io/v1 ClusterRoleBinding /flatlan-bgp-password-reader',
      'metallb.io/v1beta1 IPAddressPool flatlan-system/load-balancers',
    ].sort(),
  );
});

test('same-subnet: the same and the reservation, which stays as the pool does', () => {
  const objects = objectsOf('same-subnet');
  const own = objects.filter(({ kind }) => kind === 'IPReservation');
  expect(own).toEqual([
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'IPReservation',
      metadata: {
        name: 'devices',
        labels: { 'app.kubernetes.io/part-of': 'flatlan' },
        annotations: { 'helm.sh/resource-policy': 'keep' },
      },
      spec: { reservedCIDRs: ['192.168.3.255/32'] },
    },
  ]);
  // Its sessions have no password.
  const others = objects.filter((one) => !own.includes(one)).map(({ kind }) => kind);
  const routed = objectsOf('flat-bgp').map(({ kind }) => kind);
  expect(others).toEqual(routed.filter((kind) => !kind.startsWith('ClusterRole')));
});

test('multi-site, network: a peer, a filter and a pool a site', () => {
  const names = objectsOf('multi-site').map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const kind of ['BGPPeer', 'BGPFilter', 'IPAddressPool'])
    expect(names.filter((name) => name.startsWith(`${kind} `))).toEqual(
      ['home-a', 'home-b', 'vps'].map((site) => `${kind} ${site}`),
    );
});

test("operators: the locks and the kind of attachments, the rest is upstream's", () => {
  expect(objectsOf('flat-bgp', operators).map(keyOf)).toEqual([
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-operators-lock',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-operators-lock',
    'rbac.authorization.k8s.io/v1 Role flatlan-system/flatlan-operators-keep',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-operators-keep',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-operators-keep',
    'apiextensions.k8s.io/v1 CustomResourceDefinition /network-attachment-definitions.k8s.cni.cncf.io',
    'rbac.authorization.k8s.io/v1 Role flatlan-system/flatlan-metallb-controller',
    'rbac.authorization.k8s.io/v1 RoleBinding flatlan-system/flatlan-metallb-controller',
  ]);
});

test.each([
  ['0.15.2', false],
  ['0.15.3', false],
  ['0.16.0', true],
  ['0.16.1', true],
  ['0.16.2', false],
])('MetalLB %s needs the right to read its own pod: %s', (metallb, needed) => {
  const versions = { ...testedCharts, metallb };
  const objects = layerObjects(operators, clusterValues(planNetwork('flat-bgp')), versions) as Manifest[];
  const role = objects.find(({ kind, metadata }) => kind === 'Role' && metadata.name === 'flatlan-metallb-controller');
  const template = chartFiles(versions).find(({ path }) => path.endsWith('/metallb-controller-access.yaml'));
  expect([role !== undefined, template !== undefined]).toEqual([needed, needed]);
  // The one right, and in the namespace of the release alone.
  if (role) expect(role.rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
});

test('flat-bgp has nothing for the layer of applications, and no node plane', () => {
  expect(objectsOf('flat-bgp', apps)).toEqual([]);
  expect(objectsOf('flat-bgp').map(({ kind }) => kind)).not.toContain('DaemonSet');
});

test('no object is of a kind or namespace that others own', () => {
  for (const layer of layers)
    for (const { kind, metadata } of objectsOf('multi-site', layer)) {
      expect(['Namespace', 'IPPool', 'Tier', 'APIServer', 'Secret']).not.toContain(kind);
      expect([undefined, 'flatlan-system']).toContain(metadata.namespace);
    }
});

test("every object says that it is part of flatlan, the Installation of which cluster; none bears Helm's chart label", () => {
  for (const { kind, metadata } of layers.flatMap((layer) => objectsOf('multi-site', layer)))
    expect(metadata.labels).toEqual({
      'app.kubernetes.io/part-of': 'flatlan',
      ...(kind === 'Installation' ? { 'flatlan/cluster': 'multi-site' } : {}),
    });
});

test('kept when a release goes: what carries the network, and what Calico makes anew', () => {
  const kept = objectsOf('flat-bgp').filter(
    ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep',
  );
  expect(kept.map(({ kind }) => kind).sort()).toEqual([
    'BGPConfiguration',
    'FelixConfiguration',
    'Installation',
    'KubeControllersConfiguration',
  ]);
});

describe('the password', () => {
  test('is read by calico-node alone, by name, with list and watch', () => {
    expect(flatBgp['rbac.authorization.k8s.io/v1 ClusterRole /flatlan-bgp-password-reader']?.rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['flatlan-bgp-password'], verbs: ['list', 'watch'] },
    ]);
    expect(flatBgp['rbac.authorization.k8s.io/v1 ClusterRoleBinding /flatlan-bgp-password-reader']).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'flatlan-bgp-password-reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'calico-node', namespace: 'calico-system' }],
    });
  });

  test('without one nobody may read a Secret', () => {
    const values = networkValues(planNetwork('flat-bgp'));
    delete values.passwordSecretName;
    const kinds = (layerObjects(networkLayer, { network: values }) as Manifest[]).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith('ClusterRole'))).toEqual([]);
  });
});

test('Felix has what the operator and calico-node would write, so that they write nothing', () => {
  expect(flatBgp['projectcalico.org/v3 FelixConfiguration /default']?.spec).toEqual({
    healthPort: 9099,
    vxlanPort: 4789,
    vxlanVNI: 4096,
    nftablesMode: 'Disabled',
    bpfEnabled: false,
    reportingInterval: '0s',
    logSeverityScreen: 'Info',
    floatingIPs: 'Disabled',
    bpfConnectTimeLoadBalancing: 'TCP',
    bpfHostNetworkedNATWithoutCTLB: 'Enabled',
    bpfLogLevel: '',
  });
});

test("Calico's own allocator serves only Services that ask for it: MetalLB gives addresses out", () => {
  expect(flatBgp['projectcalico.org/v3 KubeControllersConfiguration /default']?.spec).toMatchObject({
    controllers: { loadBalancer: { assignIPs: 'RequestedServicesOnly' } },
  });
});

test('MetalLB gives out the same subnet that Calico announces', () => {
  expect(flatBgp['metallb.io/v1beta1 IPAddressPool flatlan-system/load-balancers']?.spec).toEqual({
    addresses: ['192.168.6.0/24'],
    autoAssign: true,
    avoidBuggyIPs: true,
  });
  for (const plan of ['flat-bgp', 'multi-site']) {
    const { bgpConfiguration, ipAddressPools } = networkValues(planNetwork(plan));
    const announced = bgpConfiguration?.serviceLoadBalancerIPs.map(({ cidr }) => cidr);
    expect(Object.values(ipAddressPools ?? {}).flatMap(({ addresses }) => addresses)).toEqual(announced);
  }
});

describe('a lock', () => {
  const policy = (name: string) =>
    byKey([networkLayer, operators].flatMap((layer) => objectsOf('flat-bgp', layer)))[
      `admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-${name}`
    ]?.spec as {
      failurePolicy: string;
      matchConstraints: { resourceRules: { resources: string[]; operations: string[]; resourceNames?: string[] }[] };
      validations: { message: string; reason: string }[];
    };

  test.each([
    ['network-lock', ['CREATE configmaps', 'DELETE installations']],
    ['operators-lock', ['CREATE configmaps']],
    ['network-keep', ['DELETE namespaces']],
    ['operators-keep', ['DELETE namespaces', 'DELETE deployments', 'DELETE customresourcedefinitions']],
  ])('%s: looks at as little as can be', (name, rules) => {
    const { matchConstraints, failurePolicy } = policy(name);
    expect(
      matchConstraints.resourceRules.map(({ operations, resources }) => [...operations, ...resources].join(' ')),
    ).toEqual(rules);
    expect(failurePolicy).toBe('Fail');
  });

  test.each(['network', 'operators'])('%s-lock: its ConfigMap is that of the release', (layer) => {
    const [first] = policy(`${layer}-lock`).matchConstraints.resourceRules;
    expect(first?.resourceNames).toEqual([`flatlan-${layer}-uninstall`]);
  });

  test.each([
    ['network-lock', 2],
    ['operators-lock', 1],
    ['network-keep', 2],
    ['operators-keep', 3],
  ])('%s: says in one sentence what is lost and how to go on', (name, count) => {
    const { validations } = policy(name);
    expect(validations).toHaveLength(count);
    for (const { message, reason } of validations) {
      expect(message).toMatch(/^this release (is|has) .+, so .+: .*helm upgrade .*--set global\.allowUninstall=true/);
      expect(message).not.toMatch(/\n|\.$/);
      expect(reason).toBe('Forbidden');
    }
  });
});
