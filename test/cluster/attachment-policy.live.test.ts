/**
 * Who may take an interface on the LAN, asked of the real API server with the policy of the plan hybrid, which lets pods of
 * `default` and `smarthome` use `default/layer2-bridge`, and here one workload pin a MAC address. What Multus makes of the
 * same annotations: test/multus/forms.live.test.ts.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { network } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { planWith } from '../plans/fixtures.ts';
import { annotationForms, INSTEAD, json, NETWORKS } from './annotation-forms.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http, NotYet, waitFor, type HttpAnswer } from './http.ts';
import { describeWith } from './tools.ts';
import { ok } from './umbrella.ts';

jest.setTimeout(120_000);

const MAC = '02:f1:a7:00:00:01';
const values = clusterValues(
  planWith(
    'hybrid',
    'namespaces: [smarthome]}',
    `namespaces: [smarthome], workloads: {speaker: {namespace: smarthome, mac: "${MAC}"}}}
  fixed:
    {namespace: default, network: lan, addresses: 192.168.2.20-192.168.2.30, namespaces: [smarthome], workloads: {nvr: {namespace: smarthome, address: 192.168.2.25}}}`,
  ),
);

const mayNot = (namespace: string): string =>
  `pods of namespace ${namespace} may not use the attachment default/layer2-bridge: add ${namespace} to ` +
  `attachments.layer2-bridge.namespaces of the plan, or remove it from the annotation ${NETWORKS}`;
const backslash = `a backslash in the JSON form of ${NETWORKS} or ${INSTEAD} could hide a name: write the names without escapes`;
const tooLong = `an annotation ${NETWORKS} or ${INSTEAD} has more than 2048 characters: name fewer networks`;
const noArguments = (name: string): string =>
  `an annotation ${NETWORKS} that names an attachment of the plan may have name, namespace, interface, mac and ips (a list of texts) only, but has ${name}, ` +
  `with which plugins on the node would override the plan: remove it`;
const notItsMac = (mac: string, pod: string, namespace: string): string =>
  `MAC address ${mac} does not belong to pod ${pod} of namespace ${namespace}: write it in the plan as mac of an app or of a workload of ` +
  `the attachment, such as 02:f1:a7:00:00:01, or remove it from the annotation ${NETWORKS}`;
const notItsAddress = (address: string, pod: string, namespace: string): string =>
  `address ${address} does not belong to pod ${pod} of namespace ${namespace}: write it in the plan as address of a workload of an ` +
  `attachment with static addresses, request one of the range of the attachment such as 192.168.2.200/24, or remove it from the ` +
  `annotation ${NETWORKS}`;
const notInstead =
  `the attachment default/layer2-bridge cannot replace the cluster network: ` +
  `name it in the annotation ${NETWORKS} and not in ${INSTEAD}`;

describeWith(['etcd', 'kube-apiserver', 'kubectl'], 'the policy on attachments', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const objects = (layerObjects(network, values) as KubernetesObject[]).filter(
      ({ kind, metadata }) => kind.startsWith('ValidatingAdmissionPolicy') && metadata.name === 'flatlan-attachments',
    );
    expect(objects).toHaveLength(2);
    // No controller makes the ServiceAccount that every pod has.
    const namespaces = ['smarthome', 'other', 'layer2-bridge'];
    const items = [
      ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...['default', ...namespaces].map((namespace) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace },
      })),
      ...objects,
    ];
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
    await waitFor('the policy refuses', 15_000, async () => {
      const { status } = await create('other', { [NETWORKS]: 'default/layer2-bridge' }, true);
      return status === 403 || new NotYet(`it answers ${status}`);
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const send = async (method: string, path: string, body: object, type = 'application/json'): Promise<HttpAnswer> =>
    await http(`${cluster.server}/api/v1/namespaces/${path}`, {
      method,
      ca: cluster.ca,
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': type },
      body: JSON.stringify(body),
      timeout: 30_000,
    });

  const pod = (metadata: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { automountServiceAccountToken: false, containers: [{ name: 'none', image: 'none.invalid/none:none' }] },
  });

  async function create(
    namespace: string,
    annotations: Record<string, string>,
    dry = true,
    name: object = { generateName: 'pod-' },
  ): Promise<HttpAnswer> {
    const metadata = { ...name, annotations };
    return await send('POST', `${namespace}/pods${dry ? '?dryRun=All' : ''}`, pod(metadata));
  }

  /** What the API server said when it refused; undefined when it did not. */
  function refusal({ status, body }: HttpAnswer): string | undefined {
    if (status === 200 || status === 201) return undefined;
    const { message, reason } = JSON.parse(body) as { message: string; reason: string };
    expect([status, reason]).toEqual([403, 'Forbidden']);
    const said =
      /ValidatingAdmissionPolicy 'flatlan-attachments' with binding 'flatlan-attachments' denied request: (.*)$/;
    expect(message).toMatch(said);
    return said.exec(message)?.[1];
  }

  describe.each(['default', 'smarthome'])('pods of %s, which the plan lists, may use it', (namespace) => {
    test.each(annotationForms)('$title', async ({ annotation }) => {
      expect(refusal(await create(namespace, { [NETWORKS]: annotation }))).toBeUndefined();
    });
  });

  describe('pods of another namespace may not', () => {
    test.each(annotationForms)('$title', async ({ annotation }) => {
      expect(refusal(await create('other', { [NETWORKS]: annotation }))).toBe(mayNot('other'));
    });

    test.each([
      ['an escaped letter', '[{"name":"layer2-bridg\\u0065","namespace":"default"}]'],
      ['an escaped namespace', '[{"name":"layer2-bridge2","namespace":"d\\u0065fault"}]'],
      ['an escaped slash', '[{"name":"default\\/layer2-bridge"}]'],
    ])('a backslash in JSON is refused, whatever it hides: %s', async (_, annotation) => {
      expect(refusal(await create('other', { [NETWORKS]: annotation }))).toBe(backslash);
      expect(refusal(await create('smarthome', { [NETWORKS]: annotation }))).toBe(backslash);
    });

    test('a mention in JSON counts, wherever it stands: CEL reads no JSON', async () => {
      const other = json({ name: 'mine', 'cni-args': { of: 'layer2-bridge' } });
      expect(refusal(await create('other', { [NETWORKS]: other }))).toBe(mayNot('other'));
    });
  });

  const ours = { name: 'layer2-bridge', namespace: 'default' };

  describe('nobody passes arguments to plugins', () => {
    test.each<[string, string, string]>([
      [
        'cni-args',
        json({ ...ours, 'cni-args': { promisc: true, sysctl: { 'net.ipv4.ip_forward': '1' } } }),
        'cni-args',
      ],
      ['in capitals', json({ ...ours, 'CNI-Args': { mtu: 9000 } }), 'cni-args'],
      ['in letters that Go folds', json({ ...ours, 'cni-arg\u017f': { mtu: 9000 } }), 'cni-args'],
      [
        'with spaces before the colon',
        '[{"cni-args"\t\n : {"mtu": 1}, "name":"layer2-bridge","namespace":"default"}]',
        'cni-args',
      ],
      ['a default route', json({ ...ours, 'default-route': ['192.168.1.66'] }), 'default-route'],
      ['addresses in another form', json({ ...ours, ips: '192.168.2.20/24' }), 'ips'],
      ['addresses in lists of lists', json({ ...ours, ips: [['192.168.2.20/24']] }), 'ips'],
      ['ports', json({ ...ours, portMappings: [{ hostPort: 53, containerPort: 53 }] }), 'portmappings'],
      ['bandwidth', json({ ...ours, bandwidth: { ingressRate: 1 } }), 'bandwidth'],
      ['of another element: CEL reads no JSON', json({ name: 'mine', 'cni-args': {} }, ours), 'cni-args'],
    ])('%s', async (_, annotation, name) => {
      for (const namespace of ['default', 'smarthome'])
        expect(refusal(await create(namespace, { [NETWORKS]: annotation }))).toBe(noArguments(name));
    });

    test('not to networks of others', async () => {
      const other = json({ name: 'mine', 'cni-args': { promisc: true }, mac: '02:00:00:00:00:02' });
      expect(refusal(await create('smarthome', { [NETWORKS]: other }))).toBeUndefined();
    });

    test('a value of that name is none', async () => {
      const named = json({ ...ours, interface: 'ips' }, { name: 'cni-args' }, { name: 'mac' });
      expect(refusal(await create('smarthome', { [NETWORKS]: named }))).toBeUndefined();
    });
  });

  describe('a MAC address is for the workload that the plan pins it for', () => {
    const asks = async (namespace: string, name: string, annotation: string) =>
      refusal(await create(namespace, { [NETWORKS]: annotation }, true, { name }));

    test.each([
      ['a pod of the Deployment', 'speaker-6f9c7d-x2x9z', MAC],
      ['the pod itself', 'speaker', MAC],
      ['in capitals', 'speaker-0', MAC.toUpperCase()],
    ])('%s', async (_, name, mac) => {
      expect(await asks('smarthome', name, json({ ...ours, mac }))).toBeUndefined();
    });

    test('a generated name', async () => {
      const pinned = { [NETWORKS]: json({ ...ours, mac: MAC }) };
      expect(refusal(await create('smarthome', pinned, true, { generateName: 'speaker-6f9c7d-' }))).toBeUndefined();
    });

    test.each<[string, string, string, string]>([
      ['of another workload', 'smarthome', 'speakers-0', json({ ...ours, mac: MAC })],
      ['of the same name elsewhere', 'default', 'speaker-0', json({ ...ours, mac: MAC })],
      ['a MAC address of nobody', 'smarthome', 'speaker-0', json({ ...ours, mac: '02:00:00:00:00:02' })],
      ['in another writing', 'smarthome', 'speaker-0', json({ ...ours, mac: MAC.replaceAll(':', '-') })],
      ['a key in capitals', 'smarthome', 'thief', `[{"name":"layer2-bridge","namespace":"default","MAC" :\n"${MAC}"}]`],
      [
        'the second of two',
        'smarthome',
        'thief',
        `[{"mac":"","name":"layer2-bridge","namespace":"default","mac":"${MAC}"}]`,
      ],
    ])('%s', async (_, namespace, name, annotation) => {
      const mac = /"mac"\s*:\s*"([^"]+)"/i.exec(annotation.replace('"mac":"",', ''))?.[1] ?? '';
      expect(await asks(namespace, name, annotation)).toBe(notItsMac(mac, name, namespace));
    });
  });

  describe('an address is of the range, or for the workload that the plan has it for', () => {
    const fixed = { name: 'fixed', namespace: 'default' };
    const asks = async (name: string, annotation: string, namespace = 'smarthome') =>
      refusal(await create(namespace, { [NETWORKS]: annotation }, true, { name }));

    test.each<[string, string, object]>([
      ['of the range', 'any', { ...fixed, ips: ['192.168.2.20/24'] }],
      ['of the range, its last', 'any', { ...fixed, ips: ['192.168.2.30/24'] }],
      ['two of the range', 'any', { ...fixed, ips: ['192.168.2.21/24', '192.168.2.22/24'] }],
      ['none', 'any', { ...fixed, ips: [] }],
      ['its own', 'nvr-7d9f-abcde', { ...fixed, ips: ['192.168.2.25/24'] }],
      ['with a MAC address', 'speaker-0', { ...fixed, mac: MAC, ips: ['192.168.2.21/24'] }],
    ])('%s', async (_, name, element) => {
      expect(await asks(name, json(element))).toBeUndefined();
    });

    test('with spaces and in capitals', async () => {
      const annotation =
        '[ {"name":"fixed","namespace":"default", "IPs"\t:\n[ "192.168.2.20/24" , "192.168.2.21/24" ] } ]';
      expect(await asks('any', annotation)).toBeUndefined();
    });

    test.each<[string, string, string]>([
      ["the gateway's", 'any', '192.168.2.1/24'],
      ['a leased one', 'any', '192.168.2.40/24'],
      ['before the range', 'any', '192.168.2.19/24'],
      ['after the range', 'any', '192.168.2.31/24'],
      ["another workload's", 'nvrs-0', '192.168.2.25/24'],
      ['without a prefix length', 'any', '192.168.2.20'],
      ['with zeros', 'any', '192.168.2.020/24'],
      ['IPv6', 'any', 'fd00::1/64'],
      ['IPv4 as IPv6', 'any', '::ffff:192.168.2.20/120'],
      ['a bracket that hides the next', 'any', '192.168.2.20/24]'],
      ['no address', 'any', ''],
    ])('%s', async (_, name, address) => {
      for (const ips of [[address], ['192.168.2.20/24', address]])
        expect(await asks(name, json({ ...fixed, ips }))).toBe(notItsAddress(address, name, 'smarthome'));
    });

    test('not by the attachment with leases, nor elsewhere', async () => {
      const leased = json({ ...ours, ips: ['192.168.2.20/24'] });
      expect(await asks('any', leased)).toBe(notItsAddress('192.168.2.20/24', 'any', 'smarthome'));
      expect(await asks('nvr-0', json({ ...ours, ips: ['192.168.2.25/24'] }))).toMatch(/^address 192\.168\.2\.25\/24/);
      expect(await asks('nvr-0', json({ ...fixed, ips: ['192.168.2.25/24'] }), 'default')).toMatch(/^address/);
      expect(await asks('any', json({ ...fixed, ips: ['192.168.2.20/24'] }), 'other')).toMatch(/may not use/);
    });

    test('each list counts, whichever Go takes', async () => {
      const twice = '[{"name":"fixed","namespace":"default","ips":["192.168.2.1/24"],"ips":["192.168.2.20/24"]}]';
      expect(await asks('any', twice)).toBe(notItsAddress('192.168.2.1/24', 'any', 'smarthome'));
    });
  });

  test('a bare name is one of the namespace of the pod', async () => {
    expect(refusal(await create('other', { [NETWORKS]: 'layer2-bridge' }))).toBeUndefined();
    expect(refusal(await create('other', { [NETWORKS]: '/layer2-bridge@net1' }))).toBeUndefined();
    expect(refusal(await create('other', { [NETWORKS]: 'other/layer2-bridge' }))).toBeUndefined();
  });

  test.each([
    ['another network', 'default/other, mine@net2'],
    ['a name that begins alike', 'default/layer2-bridge2,default/layer2'],
    ['a namespace of that name', 'layer2-bridge/mine'],
    ['another network as JSON', json({ name: 'mine', namespace: 'default', ips: ['192.168.9.9/24'] })],
    ['a longer name as JSON', json({ name: 'my-layer2-bridge', namespace: 'default' })],
    ['what Multus cannot read', 'a/b/c,d@e@f,,@,/,{'],
    ['a backslash in the short form, which is no escape there', 'default\\/layer2-bridge'],
    ['nothing', ''],
  ])('pods of another namespace are left alone with %s', async (_, annotation) => {
    expect(refusal(await create('other', { [NETWORKS]: annotation }))).toBeUndefined();
  });

  test('pods without the annotation are none of its business', async () => {
    expect(refusal(await create('other', {}))).toBeUndefined();
    expect(
      refusal(await create('other', { any: '[{"name":"layer2-bridge","namespace":"default"}]\\' })),
    ).toBeUndefined();
  });

  test.each([
    ['the short form', 'default/layer2-bridge'],
    ['a bare name, which Multus looks up in its own namespace', 'layer2-bridge'],
    ['a name of any namespace', ' smarthome/layer2-bridge@eth0 '],
    ['JSON', json({ name: 'layer2-bridge', namespace: 'default' })],
  ])('nobody may put it in the place of the cluster network: %s', async (_, annotation) => {
    for (const namespace of ['default', 'smarthome', 'other'])
      expect(refusal(await create(namespace, { [INSTEAD]: annotation }))).toBe(notInstead);
  });

  test('another network may take the place of the cluster network', async () => {
    expect(refusal(await create('other', { [INSTEAD]: 'kube-system/flannel' }))).toBeUndefined();
    expect(refusal(await create('other', { [INSTEAD]: json({ name: 'flannel' }) }))).toBeUndefined();
    expect(refusal(await create('other', { [INSTEAD]: '[{"name":"\\u0061"}]' }))).toBe(backslash);
  });

  test('an annotation of any length costs the API server little, and no length hides a name', async () => {
    const long = `${'a,'.repeat(2000)}default/layer2-bridge`;
    for (const annotations of [{ [NETWORKS]: long }, { [INSTEAD]: long }, { [NETWORKS]: ','.repeat(200_000) }])
      for (const namespace of ['smarthome', 'other'])
        expect(refusal(await create(namespace, annotations))).toBe(tooLong);
    const longest = `${'a,'.repeat(1013)}a,default/layer2-bridge`.slice(-2048);
    expect(refusal(await create('smarthome', { [NETWORKS]: longest }))).toBeUndefined();
    expect(refusal(await create('other', { [NETWORKS]: longest }))).toBe(mayNot('other'));
    expect(refusal(await create('other', { [NETWORKS]: `${'/@,'.repeat(675)}default/layer2-bridge` }))).toBe(
      mayNot('other'),
    );
  });

  describe('a pod that is there already', () => {
    let name: string;
    beforeAll(async () => {
      const { status, body } = await create('other', { [NETWORKS]: 'mine' }, false);
      expect(status).toBe(201);
      ({ name } = (JSON.parse(body) as KubernetesObject).metadata);
    });

    const patch = async (subresource: string, annotations: Record<string, string | null>): Promise<HttpAnswer> =>
      await send(
        'PATCH',
        `other/pods/${name}${subresource}`,
        { metadata: { annotations } },
        'application/merge-patch+json',
      );
    const asked = async (): Promise<unknown> =>
      ((await cluster.object('pod', name, 'other'))?.metadata.annotations as Record<string, string>)[NETWORKS];

    test.each(['', '/status'])('takes no attachment by an update (%j)', async (subresource) => {
      expect(refusal(await patch(subresource, { [NETWORKS]: 'default/layer2-bridge' }))).toBe(mayNot('other'));
      expect(refusal(await patch(subresource, { [INSTEAD]: 'default/layer2-bridge' }))).toBe(notInstead);
      expect(await asked()).toBe('mine');
    });

    test('takes none by a binding, whose annotations the API server copies onto the pod', async () => {
      const binding = (annotations: object) => ({
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, annotations },
        target: { kind: 'Node', name: 'node1' },
      });
      const bad = binding({ [NETWORKS]: 'default/layer2-bridge' });
      expect(refusal(await send('POST', `other/pods/${name}/binding`, bad))).toBe(mayNot('other'));
      expect(refusal(await send('POST', 'other/bindings', bad))).toBe(mayNot('other'));
      expect(
        refusal(await send('POST', `other/pods/${name}/binding`, binding({ [NETWORKS]: 'mine2' }))),
      ).toBeUndefined();
      expect(await asked()).toBe('mine2');
    });

    test('takes none by its other subresources, which leave annotations alone', async () => {
      const annotations = { [NETWORKS]: 'default/layer2-bridge' };
      for (const subresource of ['/ephemeralcontainers', '/resize']) {
        const { status } = await patch(subresource, annotations);
        expect([subresource, status]).toEqual([subresource, 200]);
        expect(await asked()).not.toBe('default/layer2-bridge');
      }
    });

    test('may go on as it is when the plan takes its attachment away: its kubelet must go on writing', async () => {
      const { body } = await create('smarthome', { [NETWORKS]: 'default/layer2-bridge' }, false);
      const { name: running } = (JSON.parse(body) as KubernetesObject).metadata;
      const policy = 'validatingadmissionpolicy/flatlan-attachments';
      const variables = (namespaces: string) =>
        JSON.stringify([
          { op: 'replace', path: '/spec/variables/0/expression', value: `{"default/layer2-bridge":[${namespaces}]}` },
        ]);
      ok(await cluster.kubectl(['patch', policy, '--type=json', '--patch', variables('"default"')]));
      await waitFor('the policy follows', 15_000, async () => {
        const said = refusal(await create('smarthome', { [NETWORKS]: 'default/layer2-bridge' }));
        return said === mayNot('smarthome') || new NotYet(String(said));
      });
      const write = { status: { message: 'running' }, metadata: { labels: { any: 'thing' } } };
      for (const subresource of ['', '/status'])
        expect(
          refusal(
            await send('PATCH', `smarthome/pods/${running}${subresource}`, write, 'application/merge-patch+json'),
          ),
        ).toBeUndefined();
      expect(refusal(await send('DELETE', `smarthome/pods/${running}`, {}))).toBeUndefined();
      ok(await cluster.kubectl(['patch', policy, '--type=json', '--patch', variables('"default","smarthome"')]));
    });
  });
});
