/** The chart with attachments and an application, as Helm users meet it without a cluster. The plan is hybrid. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { apps, NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { yamlText } from '../../cdk8s/yaml-text.ts';
import { describeWith } from '../cluster/tools.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fileWith, helm, helms, installations, temporaryFolder, type Helm } from './helm.ts';
import { byKey, isHook, manifestsIn, type Manifest } from './manifests.ts';
import { withValue } from './with-value.ts';
import { chartWithStandIns } from './stand-ins.ts';

const good = clusterValues(planNetwork('hybrid'));
const definition = ['attachments', 'definitions', 'layer2-bridge'] as const;

describeWith(helms, 'the chart with attachments, without a cluster', () => {
  const folder = temporaryFolder();
  let chart = '';
  beforeAll(() => {
    chart = chartWithStandIns(folder);
  });

  const run = (which: Helm, command: string[], layer: Layer, values: unknown, args: readonly string[] = []) => {
    const file = fileWith(folder, `${which}-values.yaml`, yamlText(values));
    return helm(which, folder, [...command, '-f', join(chart, 'layers', `${layer.name}.yaml`), '-f', file, ...args]);
  };
  const template = (which: Helm, layer: Layer, values: unknown = good, args: readonly string[] = []) =>
    run(which, ['template', layer.release, chart, '--namespace', NAMESPACE], layer, values, args);

  async function rendered(which: Helm, layer: Layer, args: readonly string[] = []): Promise<Manifest[]> {
    const { code, stdout, stderr } = await template(which, layer, good, args);
    expect([stderr, code]).toEqual(['', 0]);
    return manifestsIn(stdout);
  }

  describe.each(helms)('%s', (which) => {
    test.each([operators, network, apps])('helm lint --strict has nothing to say: $name', async (layer) => {
      const { code, stdout, stderr } = await run(which, ['lint', '--strict', chart], layer, good);
      expect([stdout + stderr, code]).toEqual([expect.stringContaining('1 chart(s) linted, 0 chart(s) failed'), 0]);
      expect(stdout + stderr).not.toMatch(/\[(WARNING|ERROR)\]/);
    });

    describe('guards refuse in one sentence', () => {
      const sentences: readonly { title: string; layer: Layer; values: unknown; says: string }[] = [
        {
          title: 'attachments without Multus',
          layer: network,
          values: withValue(good, ['multus', 'conf'], undefined),
          says: 'attachments.definitions need multus.conf: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan',
        },
        {
          title: 'an attachment that everybody may use',
          layer: network,
          values: withValue(good, ['attachments', 'access'], undefined),
          says: 'attachments.definitions.layer2-bridge has no attachments.access entry default/layer2-bridge: the policy on attachments would not cover it, so list its own namespace at least',
        },
        {
          title: 'an attachment that moved to another namespace without its access',
          layer: network,
          values: withValue(good, [...definition, 'namespace'], 'lan'),
          says: 'attachments.definitions.layer2-bridge has no attachments.access entry lan/layer2-bridge: the policy on attachments would not cover it, so list its own namespace at least',
        },
        {
          title: 'an attachment of which nodes know nothing',
          layer: network,
          values: withValue(good, ['attachments', 'agent', 'attachments', 'default/layer2-bridge'], undefined),
          says: 'attachments.definitions.layer2-bridge has no attachments.agent.attachments entry default/layer2-bridge: nodes would refuse an address to its pods, because no valid leases are defined',
        },
        {
          title: 'an attachment of two names',
          layer: network,
          values: withValue(good, [...definition, 'config', 'name'], 'layer3-bridge'),
          says: 'attachments.definitions.layer2-bridge is named layer3-bridge in its config: Multus needs the same name in both',
        },
        {
          title: 'applications without values',
          layer: apps,
          values: withValue(good, ['home-assistant', 'namespace'], undefined),
          says: 'the apps layer has no home-assistant.namespace: add -f overlays/<cluster>/generated/values.yaml; a plan without apps needs no release flatlan-apps',
        },
        {
          title: 'three layers at once',
          layer: apps,
          values: { ...good, network: { ...good.network, enabled: true }, metallb: { enabled: true } },
          says: `operators and network and apps are separate releases, because the CRDs of one come from another: install ${installations}`,
        },
      ];

      test.each(sentences)('$title', async ({ layer, values, says }) => {
        const { code, stdout, stderr } = await template(which, layer, values);
        expect(stderr.split('\n')[0]).toMatch(/^Error: execution error at \(flatlan\/templates\/guards\.yaml:/);
        expect(stderr.split('\n')[0]?.replace(/^.*?guards\.yaml:[0-9]+:[0-9]+\): /, '')).toBe(says);
        expect([stdout, code]).toEqual(['', 1]);
      });
    });

    // All of them: subchart-schemas.test.ts. Here, that Helm asks the schema of each subchart and what it then prints.
    test.each<[string, Layer, readonly (string | number)[], unknown, string]>([
      ['multus', network, ['multus', 'conf', 'cniVersion'], '1.1.0', "/conf/cniVersion': value must be one of"],
      [
        ...(['attachments', network, [...definition, 'config', 'plugins', 0, 'ipam', 'type'], 'dhcp'] as const),
        "/definitions/layer2-bridge/config/plugins/0/ipam': 'oneOf' failed, none matched\n  - at '/definitions/layer2-bridge/config/plugins/0/ipam/type': value must be 'lan-dhcp'",
      ],
      [
        ...([
          'home-assistant',
          apps,
          ['home-assistant', 'volumeClaim', 'resources', 'requests', 'storage'],
          '0',
        ] as const),
        "/volumeClaim/resources/requests/storage': '0' does not match pattern",
      ],
    ])('a wrong value of %s is refused at its place', async (name, layer, path, value, says) => {
      const { code, stdout, stderr } = await template(which, layer, withValue(good, path, value));
      expect(stderr).toContain("values don't meet the specifications of the schema(s) in the following chart(s):");
      expect(stderr).toContain(`${name}:\n- at '${says}`);
      expect([stdout, code]).toEqual(['', 1]);
    });

    test('operators: the namespace of the application, which nothing removes', async () => {
      const objects = byKey(await rendered(which, operators));
      expect(objects['v1 Namespace /smarthome']?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
      expect(Object.keys(objects).filter((key) => key.startsWith('v1 Namespace'))).toHaveLength(1);
      const kind =
        objects['apiextensions.k8s.io/v1 CustomResourceDefinition /network-attachment-definitions.k8s.cni.cncf.io'];
      expect(kind?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    });

    test('allowUninstall unlocks nothing that holds what people stored', async () => {
      const open = ['--set', 'global.allowUninstall=true'];
      const objects = [...(await rendered(which, operators, open)), ...(await rendered(which, apps, open))];
      const kept = objects.filter((one) => one.metadata.annotations?.['helm.sh/resource-policy'] === 'keep');
      expect(kept.map(({ kind }) => kind).sort()).toEqual([
        'CustomResourceDefinition',
        'Namespace',
        'PersistentVolumeClaim',
      ]);
    });

    test("the configuration of Multus goes by the release's namespace, and its pods roll with it", async () => {
      const { stdout } = await template(which, network, good, ['--namespace', 'rete']);
      const objects = byKey(manifestsIn(stdout));
      const conf = (objects['v1 ConfigMap rete/flatlan-multus']?.data as Record<string, string>)['0-multus.conf'];
      expect(JSON.parse(conf ?? '')).toMatchObject({ multusNamespace: 'rete', clusterNetwork: 'k8s-pod-network' });
      const digestOf = (of: Record<string, Manifest>, namespace: string) => {
        const { template: pod } = of[`apps/v1 DaemonSet ${namespace}/flatlan-multus`]?.spec as {
          template: { metadata: { annotations: Record<string, string> } };
        };
        return pod.metadata.annotations['checksum/0-multus.conf'];
      };
      expect(digestOf(objects, 'rete')).toMatch(/^[0-9a-f]{64}$/);
      expect(digestOf(objects, 'rete')).not.toBe(digestOf(byKey(await rendered(which, network)), NAMESPACE));
    });

    test('the healer comes when it is asked for, and Home Assistant is pinned where it has a MAC address', async () => {
      const healers = (objects: Manifest[]) => objects.filter(({ metadata }) => metadata.name === 'flatlan-healer');
      expect(healers(await rendered(which, network))).toEqual([]);
      const on = await rendered(which, network, ['--set', 'attachments.healer=true']);
      expect(
        healers(on)
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Deployment', 'ServiceAccount']);
    });

    test.each([
      ['operators', operators, ['operator', 'kinds']],
      ['network', network, ['calico', 'peers', 'pools', 'multus', 'attachments']],
      ['apps', apps, ['net1']],
    ] as const)('helm test has a check of everything: %s', async (_, layer, names) => {
      const hooks = (await rendered(which, layer)).filter((one) => isHook(one) && one.kind === 'Pod');
      expect(hooks.map(({ metadata }) => metadata.name).sort()).toEqual(
        names.map((name) => `${layer.release}-check-${name}`).sort(),
      );
    });

    test('an application without attachments has no check of its interface', async () => {
      const { stdout, code } = await template(which, apps, withValue(good, ['home-assistant', 'podAnnotations'], {}));
      expect(code).toBe(0);
      expect(manifestsIn(stdout).filter(isHook)).toEqual([]);
    });

    test('knobs of a Helm user: images, resources, tolerations, storage', async () => {
      const digest = `@sha256:${'1'.repeat(64)}`;
      const objects = byKey(
        await rendered(which, network, [
          ...['--set', `global.nodeImage=mirror.example.net:5000/node:1.0${digest}`],
          ...['--set', `multus.image=mirror.example.net/multus-cni:v4.3.0${digest}`],
          ...['--set-json', 'multus.tolerations=[{"key":"lan","operator":"Exists"}]'],
          ...['--set-json', 'attachments.resources={"limits":{"memory":"64Mi"}}'],
        ]),
      );
      const pod = (name: string) =>
        (objects[`apps/v1 DaemonSet ${NAMESPACE}/${name}`]?.spec as { template: { spec: unknown } }).template.spec;
      expect(pod('flatlan-multus')).toMatchObject({
        tolerations: [{ key: 'lan', operator: 'Exists' }],
        initContainers: [
          { image: `mirror.example.net/multus-cni:v4.3.0${digest}` },
          { image: `mirror.example.net:5000/node:1.0${digest}` },
        ],
        containers: [{ image: `mirror.example.net:5000/node:1.0${digest}` }],
      });
      expect(pod('flatlan-attachments')).toMatchObject({
        containers: [{ resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } } }],
      });
    });
  });
});
