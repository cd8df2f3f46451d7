/**
 * What a token of Multus' account can write, asked of the real API server with tokens as the kubelet makes them: bound to
 * a pod of the DaemonSet, and so to its node. Whoever takes a node has such a token.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { MULTUS } from '../../cdk8s/constructs/multus/daemon-set.ts';
import { STATUS_ANNOTATION } from '../../cdk8s/constructs/multus/status-policy.ts';
import { NAMESPACE, network } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http, NotYet, waitFor } from './http.ts';
import { describeWith } from './tools.ts';
import { ok, planClusterValues } from './umbrella.ts';

jest.setTimeout(120_000);

interface Pod extends KubernetesObject {
  metadata: KubernetesObject['metadata'] & { annotations?: Record<string, string>; labels?: Record<string, string> };
  status: Record<string, unknown>;
}

const written = '[{"name":"k8s-pod-network","interface":"eth0"}]';
const nothingElse = (what: string): string =>
  `Multus' account may change only the annotation ${STATUS_ANNOTATION} of a pod, not ${what}`;

describeWith(['etcd', 'kube-apiserver', 'kubectl'], "a token of Multus' account", () => {
  let cluster: ControlPlane;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    cluster = await startControlPlane();
    const objects = (layerObjects(network, planClusterValues('hybrid')) as KubernetesObject[]).filter(
      ({ kind, metadata }) => metadata.name.startsWith(MULTUS) && kind !== 'DaemonSet' && kind !== 'ConfigMap',
    );
    expect(objects.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['ValidatingAdmissionPolicy', 'ClusterRole']),
    );
    await apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
      ...['one', 'two'].map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })),
      ...objects,
    ]);
    await apply([
      ...['one', 'two'].map((node) => podOn(node, `multus-${node}`, NAMESPACE, MULTUS)),
      podOn('one', 'ours', 'default', 'default', { app: 'ours' }),
      podOn(undefined, 'waiting', 'default', 'default'),
    ]);
    const status = {
      phase: 'Running',
      podIP: '192.168.7.5',
      podIPs: [{ ip: '192.168.7.5' }],
      hostIP: '192.168.3.11',
      hostIPs: [{ ip: '192.168.3.11' }],
      conditions: [{ type: 'Ready', status: 'False' }],
    };
    ok(await cluster.kubectl(['patch', 'pod', 'ours', '--subresource=status', '--patch', JSON.stringify({ status })]));
    for (const node of ['one', 'two']) tokens.set(node, await token(`multus-${node}`));
    tokens.set('nowhere', await token());
    await waitFor('the policy refuses', 15_000, async () => {
      const said = await update('two', 'ours', () => undefined, '?dryRun=All');
      return said !== undefined || new NotYet('the update goes through');
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const apply = async (items: readonly object[]) =>
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));

  function podOn(node: string | undefined, name: string, namespace: string, account: string, labels = {}) {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: {
        ...(node === undefined ? {} : { nodeName: node }),
        serviceAccountName: account,
        automountServiceAccountToken: false,
        containers: [{ name: 'none', image: 'none.invalid/none:none' }],
      },
    };
  }

  async function token(pod?: string): Promise<string> {
    const bound = pod === undefined ? [] : ['--bound-object-kind=Pod', `--bound-object-name=${pod}`];
    const made = ok(await cluster.kubectl(['create', 'token', MULTUS, `--namespace=${NAMESPACE}`, ...bound]));
    return made.stdout.trim();
  }

  /** What the API server said to an update of the status as Multus writes it: whole, by PUT. Undefined: it was taken. */
  async function update(
    node: string,
    name: string,
    change: (pod: Pod) => void,
    query = '',
  ): Promise<string | undefined> {
    const pod = (await cluster.object('pod', name, 'default')) as Pod;
    change(pod);
    const { status, body } = await http(`${cluster.server}/api/v1/namespaces/default/pods/${name}/status${query}`, {
      method: 'PUT',
      ca: cluster.ca,
      headers: { authorization: `Bearer ${tokens.get(node) ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify(pod),
    });
    if (status === 200) return undefined;
    const { message } = JSON.parse(body) as { message: string };
    const said = /ValidatingAdmissionPolicy 'flatlan-multus-status' with binding '.*' denied request: (.*)$/.exec(
      message,
    );
    expect([status, said === null ? message : 403]).toEqual([403, 403]);
    return said?.[1];
  }

  const writes = (pod: Pod) => {
    pod.metadata.annotations = { ...pod.metadata.annotations, [STATUS_ANNOTATION]: written };
  };

  test('may write the network status of a pod on its own node', async () => {
    expect(await update('one', 'ours', writes)).toBeUndefined();
    const pod = (await cluster.object('pod', 'ours', 'default')) as Pod;
    expect(pod.metadata.annotations).toMatchObject({ [STATUS_ANNOTATION]: written });
    // And again, once it is there.
    expect(await update('one', 'ours', writes)).toBeUndefined();
  });

  test.each([
    ['another node', 'two', 'ours', 'node two', 'one'],
    ['no node', 'nowhere', 'ours', 'no node', 'one'],
    ['a node, while the pod has none', 'one', 'waiting', 'node one', 'none'],
  ])('not of one elsewhere: bound to %s', async (_, from, pod, bound, runs) => {
    expect(await update(from, pod, writes)).toBe(
      `the token is bound to ${bound} and the pod runs on ${runs}: Multus' account may write the network status of pods on its own node only`,
    );
  });

  const changes: readonly (readonly [string, string, (pod: Pod) => void])[] = [
    ['a label', 'labels', ({ metadata }) => (metadata.labels = { app: 'theirs' })],
    ['a label more', 'labels', ({ metadata }) => (metadata.labels = { ...metadata.labels, more: '' })],
    ['no label', 'labels', ({ metadata }) => delete metadata.labels],
    [
      'an annotation more',
      'other annotations',
      ({ metadata }) => (metadata.annotations = { ...metadata.annotations, more: '' }),
    ],
    ['a finalizer', 'finalizers', ({ metadata }) => (metadata.finalizers = ['example.com/stay'])],
    [
      'the address',
      "the pod's addresses",
      ({ status }) => Object.assign(status, { podIP: '192.168.7.9', podIPs: [{ ip: '192.168.7.9' }] }),
    ],
    [
      'an address more',
      "the pod's addresses",
      ({ status }) => (status.podIPs = [{ ip: '192.168.7.5' }, { ip: 'fd00::5' }]),
    ],
    [
      'no address',
      "the pod's addresses",
      ({ status }) => {
        delete status.podIP;
        delete status.podIPs;
      },
    ],
    [
      "the node's address",
      "the pod's addresses",
      ({ status }) => Object.assign(status, { hostIP: '192.168.3.12', hostIPs: [{ ip: '192.168.3.12' }] }),
    ],
    ['the phase', 'its phase and conditions', ({ status }) => (status.phase = 'Failed')],
    [
      'its readiness',
      'its phase and conditions',
      ({ status }) => (status.conditions = [{ type: 'Ready', status: 'True' }]),
    ],
    [
      'a condition more',
      'its phase and conditions',
      ({ status }) =>
        (status.conditions = [
          { type: 'Ready', status: 'False' },
          { type: 'example.com/gate', status: 'True' },
        ]),
    ],
  ];

  test.each(changes)('changes nothing else of it: %s', async (_, what, change) => {
    expect(await update('one', 'ours', change)).toBe(nothingElse(what));
    expect(
      await update('one', 'ours', (pod) => {
        writes(pod);
        change(pod);
      }),
    ).toBe(nothingElse(what));
  });

  test('others are not asked: the kubelet and people change what they may', async () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    ok(await cluster.kubectl(['patch', 'pod', 'ours', '--subresource=status', '--patch', JSON.stringify({ status })]));
  });
});
