/**
 * The chart as Helm users meet it, without a cluster: lint, guards, notes, the package, and what upstream's charts are
 * told. With attachments and an application: hybrid.live.test.ts. With a cluster: test/cluster.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { chartFiles } from '../../cdk8s/helm/chart.ts';
import { CHART_FOLDER } from '../../cdk8s/paths.ts';
import { NAMESPACE, network as networkLayer, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { notes } from '../../cdk8s/helm/notes.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { subcharts } from '../../cdk8s/helm/subcharts.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { yamlText } from '../../cdk8s/yaml-text.ts';
import { run } from '../cluster/process.ts';
import { describeWith } from '../cluster/tools.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fileWith, helm, helms, installations, NO_LAYER, temporaryFolder, type Helm } from './helm.ts';
import { byKey, isHook, keyOf, manifestsIn, ownObjects, type Manifest } from './manifests.ts';
import { withValue } from './with-value.ts';
import { chartWithStandIns, receivedValues, receivedValuesOf, standInFiles, standIns } from './stand-ins.ts';

const good = { network: networkValues(planNetwork('flat-bgp')) };
/** As an earlier flatlan wrote it into every cluster's values. */
const oldTolerations = [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }];
/** Both ways to tolerate all; the second is what the operator does by itself. */
const everything = [
  [{ operator: 'Exists' }],
  [
    { key: 'CriticalAddonsOnly', operator: 'Exists' },
    { effect: 'NoSchedule', operator: 'Exists' },
    { effect: 'NoExecute', operator: 'Exists' },
  ],
];
const tolerationLists = [
  { path: ['controlPlaneTolerations'], mayBeEmpty: true },
  { path: ['typhaDeployment', 'spec', 'template', 'spec', 'tolerations'], mayBeEmpty: false },
  { path: ['calicoNodeDaemonSet', 'spec', 'template', 'spec', 'tolerations'], mayBeEmpty: false },
];
/** Of a plan without applications. */
const layers = [operators, networkLayer] as const;
const repository = join(import.meta.dirname, '../..');

test('its versions are those of the package and of the tested charts', () => {
  const files = new Map(chartFiles(testedCharts).map(({ path, content }) => [path, content]));
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };
  const chart = parse(files.get(`${CHART_FOLDER}/Chart.yaml`) ?? '') as {
    version: string;
    appVersion: string;
    dependencies: { name: string; version: string }[];
  };
  expect([chart.version, chart.appVersion]).toEqual([version, version]);
  expect(chart.dependencies.map((one) => `${one.name} ${one.version}`)).toEqual([
    `tigera-operator ${testedCharts.calico}`,
    `metallb ${testedCharts.metallb}`,
    ...subcharts.map(({ name }) => `${name} 0.0.0`),
  ]);
  expect(parse(files.get(`${CHART_FOLDER}/charts/network/Chart.yaml`) ?? '')).toMatchObject({ version: '0.0.0' });
});

describeWith(helms, 'the chart without a cluster', () => {
  const folder = temporaryFolder();
  let chart = '';
  let values = '';
  beforeAll(() => {
    chart = chartWithStandIns(folder);
    values = fileWith(folder, 'values.yaml', yamlText(good));
  });

  function copyOfChart(name: string): string {
    const copy = join(folder, name);
    cpSync(chart, copy, { recursive: true });
    return copy;
  }

  const layerFile = (layer: Layer): string => join(chart, 'layers', `${layer.name}.yaml`);
  const inputs: Readonly<Record<'operators' | 'network', () => string[]>> = {
    operators: () => ['-f', layerFile(operators)],
    network: () => ['-f', layerFile(networkLayer), '-f', values],
  };

  function template(which: Helm, args: readonly string[], release = networkLayer.release, namespace = NAMESPACE) {
    return helm(which, folder, ['template', release, chart, '--namespace', namespace, ...args]);
  }

  async function rendered(
    which: Helm,
    layer: (typeof layers)[number],
    args: readonly string[] = [],
  ): Promise<Manifest[]> {
    const { code, stdout, stderr } = await template(which, [...inputs[layer.name](), ...args], layer.release);
    expect([stderr, code]).toEqual(['', 0]);
    return manifestsIn(stdout);
  }

  describe.each(helms)('%s', (which) => {
    test('helm lint --strict has nothing to say, with a layer and without any values', async () => {
      for (const args of [[], inputs.operators(), inputs.network()]) {
        const { code, stdout, stderr } = await helm(which, folder, ['lint', '--strict', chart, ...args]);
        expect([stdout + stderr, code]).toEqual([expect.stringContaining('1 chart(s) linted, 0 chart(s) failed'), 0]);
        expect(stdout + stderr).not.toMatch(/\[(WARNING|ERROR)\]/);
      }
    });

    test.each([
      [
        'network',
        'the network layer has no network.installation: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan',
      ],
      [
        'apps',
        'the apps layer has no home-assistant.namespace: add -f overlays/<cluster>/generated/values.yaml; a plan without apps needs no release flatlan-apps',
      ],
    ])('helm lint of the layer %s without values says its sentence', async (layer, says) => {
      const { stdout, stderr } = await helm(which, folder, ['lint', chart, '-f', join(chart, `layers/${layer}.yaml`)]);
      // Helm takes a refusal for news here and goes on.
      expect(stderr).toContain(says);
      expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
      expect(stdout + stderr).not.toMatch(/nil pointer|\[ERROR\]/);
    });

    describe('Kubernetes of --kube-version', () => {
      test.each([operators, networkLayer])('1.35 is refused, 1.36 is not: $name', async ({ name, release }) => {
        const asked = (version: string) => template(which, [...inputs[name](), '--kube-version', version], release);
        for (const [version, minor] of [
          ['1.35', '35'],
          ['v1.35.4', '35'],
          ['1.9.0', '9'],
        ] as const) {
          const { code, stderr } = await asked(version);
          expect(stderr).toContain(
            `this is Kubernetes 1.${minor}, but Calico's native CRDs need 1.36: upgrade the cluster first`,
          );
          expect(code).toBe(1);
        }
        for (const version of ['1.36', 'v1.36.3', '1.37.0+k3s1']) {
          const { code, stderr } = await asked(version);
          expect([version, stderr, code]).toEqual([version, '', 0]);
        }
      });

      test('what an older Helm pretends without a cluster is not', async () => {
        const { stdout } = await helm(which, folder, ['version', '--short']);
        const [own = ''] = /[0-9]+\.[0-9]+/.exec(stdout) ?? [];
        const older = copyOfChart(`${which}-older`);
        // A Helm is what its version says; this one learns of itself as one that pretends 1.35.
        const file = join(older, 'templates/guards.yaml');
        const text = readFileSync(file, 'utf8');
        expect(text).toContain('"3.20" "v1.35.0"');
        writeFileSync(file, text.replace('"3.20" "v1.35.0"', `"${own}" "v1.35.0"`));
        const asked = (version: string) =>
          helm(which, folder, [
            ...['template', operators.release, older, '--namespace', NAMESPACE],
            ...[...inputs.operators(), '--kube-version', version],
          ]);
        for (const version of ['v1.35.0', 'v1.20.0']) expect((await asked(version)).code).toBe(0);
        for (const version of ['v1.34.0', 'v1.35.1']) expect((await asked(version)).code).toBe(1);
      });
    });

    test('own values, last, win over those of the plan; an empty file of them is none', async () => {
      const image = 'registry.example.net/flatlan-node:0.1.0';
      const checks = { image: 'registry.example.net/kubectl:v1.36.3', timeout: '90s' };
      const own = fileWith(folder, `${which}-own.yaml`, yamlText({ global: { nodeImage: image }, checks }));
      const empty = fileWith(folder, `${which}-empty.yaml`, '');
      const timeouts = async (...files: string[]) => {
        const objects = await rendered(
          which,
          networkLayer,
          files.flatMap((file) => ['-f', file]),
        );
        return [...new Set(JSON.stringify(objects).match(/"--timeout","[0-9]+s"/g))];
      };
      expect(await timeouts(empty)).toEqual(['"--timeout","60s"']);
      expect(await timeouts(own)).toEqual(['"--timeout","90s"']);
      expect(await rendered(which, networkLayer, ['-f', empty])).toEqual(await rendered(which, networkLayer));
    });

    test("a release that is for one cluster refuses another one's values, and none", async () => {
      const forCluster = (name: string) => ['--set', `global.cluster=${name}`];
      expect((await template(which, [...inputs.network(), ...forCluster('flat-bgp')])).code).toBe(0);
      const other = await template(which, [...inputs.network(), ...forCluster('casa')]);
      expect(other.stderr).toContain(
        'release flatlan-network is for cluster casa, but its values are for flat-bgp: use',
      );
      const none = await template(which, [...inputs.operators(), ...forCluster('casa')], operators.release);
      expect(none.stderr).toContain(
        'release flatlan-operators is for cluster casa, but its values are for no cluster:',
      );
      expect([other.code, none.code]).toEqual([1, 1]);
    });

    describe('a wrong key at the top', () => {
      test.each([
        ['netwrok', "at '': additional properties 'netwrok' not allowed"],
        ['tigeraOperator', "at '': additional properties 'tigeraOperator' not allowed"],
        ['nodeImage', "at '': additional properties 'nodeImage' not allowed"],
      ])('%s is refused by its name', async (key, says) => {
        const { code, stderr } = await template(which, [...inputs.network(), '--set-json', `${key}={"enabled":true}`]);
        expect(stderr).toContain(`flatlan:\n- ${says}\n`);
        expect(code).toBe(1);
        const lint = await helm(which, folder, ['lint', chart, ...inputs.network(), '--set-json', `${key}={}`]);
        expect(lint.stdout + lint.stderr).toContain(says);
        expect(lint.code).toBe(1);
      });

      test("upstream's own keys and anybody's global stay free", async () => {
        const free = ['tigera-operator.resources={}', 'metallb.controller={}', 'global.cattle={"clusterName":"casa"}'];
        const { code, stderr } = await template(which, [
          ...inputs.operators(),
          ...free.flatMap((one) => ['--set-json', one]),
        ]);
        expect([stderr, code]).toEqual(['', 0]);
      });
    });

    describe('guards refuse in one sentence', () => {
      const sentences: readonly { title: string; args: () => string[]; namespace?: string; says: string }[] = [
        {
          title: 'no layer',
          args: () => [],
          says: NO_LAYER,
        },
        {
          title: 'both layers',
          args: () => [...inputs.operators(), ...inputs.network()],
          says: `operators and network are separate releases, because the CRDs of one come from another: install ${installations}`,
        },
        ...[
          'installation',
          'bgpConfiguration',
          'bgpFilters',
          'bgpPeers',
          'felixConfiguration',
          'kubeControllersConfiguration',
        ].map((key) => ({
          title: `values without ${key}`,
          args: () => changed(['network', key], undefined),
          says: `the network layer has no network.${key}: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan`,
        })),
        {
          title: 'the network layer without values of a plan',
          args: () => ['-f', layerFile(networkLayer)],
          says: 'the network layer has no network.installation: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan',
        },
        {
          title: 'a filter that is not there: every route would pass',
          args: () => changed(['network', 'bgpPeers', 'edgerouter', 'filters'], ['edgerouter', 'edgeruoter']),
          says: 'network.bgpPeers.edgerouter names the filter edgeruoter, which is not in network.bgpFilters: Calico would accept and announce every route',
        },
        {
          title: 'API: two peers with one IP',
          args: () => changed(['network', 'bgpPeers', 'spare'], good.network.bgpPeers?.edgerouter),
          says: 'network.bgpPeers.edgerouter and network.bgpPeers.spare have the same peerIP, 192.168.2.1: Calico would use one of them and ignore the other',
        },
        {
          title: 'API: a pool smaller than a block',
          args: () => changed(['network', 'installation', 'calicoNetwork', 'ipPools', 0, 'cidr'], '192.168.4.0/28'),
          says: 'network.installation has the pool pods of 192.168.4.0/28, smaller than one of its blocks, /26: no pod would get an address',
        },
        {
          title: 'a password that nobody may read: the session would have none',
          args: () => changed(['network', 'passwordSecretName'], undefined),
          says: 'network.bgpPeers.edgerouter takes its password from the Secret flatlan-bgp-password, but calico-node may read only the Secret of network.passwordSecretName: its session would have no password',
        },
        {
          title: "API: a mesh's password without a mesh",
          args: () =>
            changed(['network', 'bgpConfiguration', 'nodeMeshPassword'], {
              secretKeyRef: { name: 'flatlan-bgp-password', key: 'password' },
            }),
          says: 'network.bgpConfiguration has nodeMeshPassword or nodeMeshMaxRestartTime without nodeToNodeMeshEnabled: true, which Kubernetes refuses',
        },
        {
          title: "a mesh's password that nobody may read",
          args: () =>
            changed(['network', 'bgpConfiguration', 'nodeMeshPassword'], { secretKeyRef: { name: 'other', key: 'x' } }),
          says: 'network.bgpConfiguration.nodeMeshPassword is in the Secret other, but calico-node may read only the Secret of network.passwordSecretName: sessions between nodes would have no password',
        },
        ...tolerationLists.flatMap(({ path, mayBeEmpty }) =>
          [oldTolerations, ...(mayBeEmpty ? [] : [[]])].map((list) => ({
            title: `${path.join('.')} ${JSON.stringify(list)}, past the schema`,
            args: () => [...changed(['network', 'installation', ...path], list), '--skip-schema-validation'],
            says: `network.installation.${path.join('.')} keeps Typha or calico-node off a node that calico-node tainted (node.kubernetes.io/network-unavailable:NoSchedule), and without Typha calico-node never starts: run flatlan synth again, which writes none, or tolerate everything (Exists without a key, for NoSchedule and NoExecute)`,
          })),
        ),
        ...['calico-system', 'calico-apiserver', 'tigera-operator', 'kube-system'].map((namespace) => ({
          title: `namespace ${namespace}`,
          args: () => inputs.network(),
          namespace,
          says: `namespace ${namespace} belongs to another component: install with --namespace flatlan-system`,
        })),
      ];

      function changed(path: readonly (string | number)[], value: unknown): string[] {
        const file = fileWith(folder, `${which}-changed.yaml`, yamlText(withValue(good, path, value)));
        return ['-f', layerFile(networkLayer), '-f', file];
      }

      test.each(tolerationLists.flatMap(({ path }) => everything.map((list) => ({ path, list }))))(
        'and take $path $list',
        async ({ path, list }) => {
          const result = await template(which, changed(['network', 'installation', ...path], list));
          expect([result.stderr, result.code]).toEqual(['', 0]);
        },
      );

      test.each(sentences)('$title', async ({ args, namespace, says }) => {
        const { code, stdout, stderr } = await template(which, args(), networkLayer.release, namespace);
        const [first = '', ...rest] = stderr.trim().split('\n');
        expect(
          first.replace(/^Error: execution error at \(flatlan\/templates\/guards\.yaml:[0-9]+:[0-9]+\): /, ''),
        ).toBe(says);
        // What Helm itself adds.
        expect(rest.join('')).toBe('Use --debug flag to render out invalid YAML');
        expect([stdout, code]).toEqual(['', 1]);
      });
    });

    test("upstream's charts are told what flatlan needs, and nothing else", async () => {
      const objects = byKey(await rendered(which, operators));
      const received = (name: (typeof standIns)[number]) =>
        receivedValues(objects[`v1 ConfigMap ${NAMESPACE}/${receivedValuesOf(name)}`] ?? {});
      expect(received('tigera-operator')).toEqual({
        enabled: true,
        global: { allowUninstall: false, renameCluster: '', nodeImage: 'ghcr.io/flatlan/node:0.1.0' },
        upstreamDefault: 'tigera-operator',
        installation: { enabled: false },
        apiServer: { enabled: false },
        goldmane: { enabled: false },
        whisker: { enabled: false },
        defaultFelixConfiguration: { enabled: false },
        manageCRDs: true,
        tigeraOperator: { env: [{ name: 'CALICO_API_GROUP', value: 'projectcalico.org/v3' }] },
      });
      expect(received('metallb')).toEqual({
        enabled: true,
        global: { allowUninstall: false, renameCluster: '', nodeImage: 'ghcr.io/flatlan/node:0.1.0' },
        upstreamDefault: 'metallb',
        controller: { tolerations: [] },
        fullnameOverride: 'metallb',
        speaker: { enabled: false, frr: { enabled: false } },
        frrk8s: { enabled: false },
        crds: { enabled: true, validationFailurePolicy: 'Ignore' },
      });
    });

    test("the network layer has nothing of upstream's", async () => {
      const names = (await rendered(which, networkLayer))
        .map(keyOf)
        .filter((key) => /tigera-operator|metallb-/.test(key));
      expect(names).toEqual([]);
    });

    test('values of the network change nothing in the operators layer', async () => {
      expect(await rendered(which, operators, ['-f', values])).toEqual(await rendered(which, operators));
    });

    test.each(layers)("$name: the hooks are the lock's and the tests', with Helm's labels on all", async (layer) => {
      const objects = await rendered(which, layer);
      const hooks = objects
        .filter(isHook)
        .map((one) => [one.kind, one.metadata.annotations?.['helm.sh/hook']].join(' '));
      const tests = layer === operators ? 2 : 3;
      expect(hooks.sort()).toEqual([
        'ClusterRole test',
        'ClusterRoleBinding test',
        'ConfigMap pre-delete',
        ...Array<string>(tests).fill('Pod test'),
        'ServiceAccount test',
      ]);
      for (const object of objects.filter((one) => one.metadata.labels?.['app.kubernetes.io/part-of'] === 'flatlan')) {
        expect(object.metadata.labels).toMatchObject({
          'app.kubernetes.io/instance': layer.release,
          'app.kubernetes.io/managed-by': 'Helm',
        });
        expect(object.metadata.labels).not.toHaveProperty(['helm.sh/chart']);
      }
    });

    test.each(layers)(
      '$name: allowUninstall takes lock, hook and what keeps objects away, and no more',
      async (layer) => {
        const locked = await rendered(which, layer);
        const open = await rendered(which, layer, ['--set', 'global.allowUninstall=true']);
        const gone = locked.map(keyOf).filter((key) => !open.some((one) => keyOf(one) === key));
        const policies = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
        const { release } = layer;
        expect(gone.map((key) => key.split(' ').slice(1).join(' ')).sort()).toEqual([
          `ConfigMap ${NAMESPACE}/${release}-uninstall`,
          `Role ${NAMESPACE}/${release}-keep`,
          ...policies.flatMap((kind) => ['keep', 'lock'].map((name) => `${kind} /${release}-${name}`)),
        ]);
        const kept = (objects: Manifest[]): string[] =>
          objects
            .filter((one) => one.metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
            .map((one) => one.kind)
            .sort();
        const always =
          layer === operators ? ['CustomResourceDefinition'] : ['FelixConfiguration', 'KubeControllersConfiguration'];
        expect(kept(open)).toEqual(always);
        expect(kept(locked)).toEqual(
          layer === operators ? always : [...always, 'BGPConfiguration', 'Installation'].sort(),
        );
      },
    );

    test('release and namespace of another name go everywhere', async () => {
      const { stdout } = await template(which, inputs.network(), 'casa', 'rete');
      const objects = manifestsIn(stdout);
      expect(
        objects.map((one) => one.metadata.namespace).filter((name) => name !== undefined && name !== 'rete'),
      ).toEqual([]);
      expect(objects.map((one) => one.metadata.name)).toEqual(
        expect.arrayContaining(['casa-lock', 'casa-keep', 'casa-checks']),
      );
      expect(stdout).not.toMatch(/flatlan-(network|system)/);
    });

    describe('NOTES.txt', () => {
      let wrapped = '';
      beforeAll(() => {
        // `helm template` renders no notes: a copy of the chart has them as an object.
        wrapped = copyOfChart(`${which}-notes`);
        writeFileSync(join(wrapped, 'templates/_notes.tpl'), `{{- define "notes" -}}\n${notes()}{{- end -}}\n`);
        const object =
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata: {text: {{ include "notes" . | toJson }}}\n';
        writeFileSync(join(wrapped, 'templates/notes.yaml'), object);
      });

      async function notesOf(
        layer: (typeof layers)[number],
        args: readonly string[] = [],
        namespace = NAMESPACE,
      ): Promise<string> {
        const { stdout, stderr } = await helm(which, folder, [
          ...['template', layer.release, wrapped, '--namespace', namespace, '--show-only', 'templates/notes.yaml'],
          ...inputs[layer.name](),
          ...args,
        ]);
        expect(stderr).toBe('');
        const [object] = manifestsIn(stdout);
        return (object?.data as { text: string }).text;
      }

      test('operators: what comes up, and the network next', async () => {
        expect(await notesOf(operators))
          .toBe(`The operators start; the Tigera operator installs Calico's CRDs within about a minute. MetalLB's controller is not ready
yet, because it waits for the network. This is expected.

  kubectl rollout status deployment/tigera-operator --namespace flatlan-system

Then the network:

  helm install flatlan-network <this chart> --namespace flatlan-system \\
    -f layers/network.yaml -f overlays/<cluster>/generated/values.yaml -f overlays/<cluster>/values.yaml
`);
      });

      test('network: the password to create, the routers, the check', async () => {
        const text = await notesOf(networkLayer);
        expect(text).toContain('The network of flat-bgp is configured');
        expect(text).toContain(
          'kubectl create secret generic flatlan-bgp-password --namespace calico-system --from-literal=password="$PASSWORD"',
        );
        expect(text).toContain('  edgerouter: 192.168.2.1, AS 64512\n');
        expect(text).toContain('  helm test flatlan-network --namespace flatlan-system --logs\n');
        expect(text).not.toContain('allowUninstall');
      });

      test('network: the largest AS number in full, and the key that the sessions read', async () => {
        const peer = { ...good.network.bgpPeers?.edgerouter, asNumber: 2147483647 };
        const secretKeyRef = { name: 'flatlan-bgp-password', key: 'md5.key' };
        const file = fileWith(
          folder,
          `${which}-notes.yaml`,
          yamlText({ network: { bgpPeers: { edgerouter: { ...peer, password: { secretKeyRef } } } } }),
        );
        const text = await notesOf(networkLayer, ['-f', file]);
        expect(text).toContain('  edgerouter: 192.168.2.1, AS 2147483647\n');
        expect(text).toContain('--from-literal=md5.key="$PASSWORD"');
      });

      test('network without a password: no Secret is asked for', async () => {
        const open = [['bgpPeers', 'edgerouter', 'password'], ['passwordSecretName']].reduce<unknown>(
          (tree, path) => withValue(tree, ['network', ...path], undefined),
          good,
        );
        const file = fileWith(folder, `${which}-open.yaml`, yamlText(open));
        const { stdout } = await helm(which, folder, [
          ...[
            'template',
            networkLayer.release,
            wrapped,
            '--namespace',
            NAMESPACE,
            '--show-only',
            'templates/notes.yaml',
          ],
          ...['-f', layerFile(networkLayer), '-f', file],
        ]);
        expect(stdout).toContain('edgerouter: 192.168.2.1');
        expect(stdout).not.toMatch(/secret|password/i);
      });

      test.each(layers)('$name: a lock that is open and another namespace are said', async (layer) => {
        const text = await notesOf(layer, ['--set', 'global.allowUninstall=true'], 'elsewhere');
        expect(text).toContain(
          `global.allowUninstall is true: \`helm uninstall ${layer.release}\` now removes this layer.`,
        );
        expect(text).toContain(
          "flatlan's own manifests use the namespace flatlan-system; this release is in elsewhere.",
        );
      });
    });

    test('the package holds every file of the chart, the layers, and no stray one', async () => {
      const copy = copyOfChart(`${which}-package`);
      mkdirSync(join(copy, '.git'));
      for (const stray of ['.git/config', 'values.yaml.orig', 'templates/.guards.yaml.swp'])
        writeFileSync(join(copy, stray), '');
      const out = join(folder, `${which}-out`);
      const packaged = await helm(which, folder, ['package', copy, '--destination', out]);
      expect([packaged.stderr, packaged.code]).toEqual(['', 0]);
      const [archive = ''] = readdirSync(out);
      expect(archive).toBe(
        `flatlan-${(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { version: string }).version}.tgz`,
      );
      const { stdout } = await run('tar', ['-tzf', join(out, archive)]);
      const wanted = [
        ...chartFiles(testedCharts).map(({ path }) => relative(CHART_FOLDER, path)),
        ...standIns.flatMap((name) => Object.keys(standInFiles(name)).map((path) => `charts/${name}/${path}`)),
      ];
      expect(stdout.trim().split('\n').sort()).toEqual(wanted.map((path) => `flatlan/${path}`).sort());
      expect(wanted).toEqual(
        expect.arrayContaining(['layers/operators.yaml', 'layers/network.yaml', 'values.schema.json']),
      );
    });

    test('the package renders as the folder does', async () => {
      const out = join(folder, `${which}-rendered`);
      await helm(which, folder, ['package', chart, '--destination', out]);
      const [archive = ''] = readdirSync(out);
      const { stdout, stderr } = await helm(which, folder, [
        ...['template', networkLayer.release, join(out, archive), '--namespace', NAMESPACE, ...inputs.network()],
      ]);
      expect(stderr).toBe('');
      const concrete = byKey(layerObjects(networkLayer, good) as Manifest[]);
      expect(byKey(ownObjects(manifestsIn(stdout)))).toEqual(concrete);
    });
  });
});
