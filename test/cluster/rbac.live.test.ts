/**
 * What calico-node may do with the Secret of the BGP password: list and watch that one name, and nothing else. The API
 * server's own authorizer answers.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { network } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http, type HttpAnswer } from './http.ts';
import { describeWith } from './tools.ts';
import { ok, planValues } from './umbrella.ts';

jest.setTimeout(120_000);

const SECRET = 'flatlan-bgp-password';

interface Attributes {
  verb: string;
  resource?: string;
  group?: string;
  /** Absent: all of them. */
  name?: string;
  namespace?: string;
}

describeWith(['etcd', 'kube-apiserver', 'kubectl'], 'the ServiceAccount calico-node', () => {
  let cluster: ControlPlane;
  let token: string;

  beforeAll(async () => {
    cluster = await startControlPlane();
    const values = planValues('multi-site');
    expect(values.passwordSecretName).toBe(SECRET);
    const objects = (layerObjects(network, { network: values }) as KubernetesObject[]).filter(
      ({ metadata }) => metadata.name === 'flatlan-bgp-password-reader',
    );
    expect(objects.map(({ kind }) => kind).sort()).toEqual(['ClusterRole', 'ClusterRoleBinding']);
    // The operator makes the namespace and the account; the test plays it, and somebody with an account of that name.
    const items = ['calico-system', 'other'].flatMap((namespace) => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'calico-node', namespace } },
      ...[SECRET, 'other'].map((name) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData: { password: `of ${name} in ${namespace}` },
      })),
    ]);
    const list = { apiVersion: 'v1', kind: 'List', items: [...items, ...objects] };
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify(list)));
    token = ok(await cluster.kubectl(['create', 'token', 'calico-node', '--namespace=calico-system'])).stdout.trim();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  async function allowed(attributes: Attributes, account = 'calico-system:calico-node'): Promise<boolean> {
    const [namespace = ''] = account.split(':');
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${account}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: { resource: 'secrets', namespace: 'calico-system', ...attributes },
      },
    };
    const answer = await http(`${cluster.server}/apis/authorization.k8s.io/v1/subjectaccessreviews`, {
      method: 'POST',
      ca: cluster.ca,
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(review),
    });
    expect(answer.status).toBe(201);
    return (JSON.parse(answer.body) as { status: { allowed: boolean } }).status.allowed;
  }

  test.each<[string, Attributes]>([
    ['lists the password', { verb: 'list', name: SECRET }],
    ['watches the password', { verb: 'watch', name: SECRET }],
    // The price of a role that needs no namespace: the name must be distinctive.
    ['lists that name in another namespace', { verb: 'list', name: SECRET, namespace: 'other' }],
  ])('%s', async (_, attributes) => {
    expect(await allowed(attributes)).toBe(true);
  });

  test.each<[string, Attributes]>([
    ['list all Secrets of its namespace', { verb: 'list' }],
    ['watch all Secrets of its namespace', { verb: 'watch' }],
    ['list all Secrets of the cluster', { verb: 'list', namespace: '' }],
    ['list another Secret', { verb: 'list', name: 'other' }],
    ['watch another Secret', { verb: 'watch', name: 'other' }],
    ['get the password', { verb: 'get', name: SECRET }],
    ['create a Secret', { verb: 'create', name: SECRET }],
    ['update the password', { verb: 'update', name: SECRET }],
    ['patch the password', { verb: 'patch', name: SECRET }],
    ['delete the password', { verb: 'delete', name: SECRET }],
    ['delete Secrets', { verb: 'deletecollection' }],
    ['list a ConfigMap of that name', { verb: 'list', name: SECRET, resource: 'configmaps' }],
    ['list a Secret of that name in another group', { verb: 'list', name: SECRET, group: 'projectcalico.org' }],
    [
      'escalate roles',
      { verb: 'escalate', resource: 'clusterroles', group: 'rbac.authorization.k8s.io', namespace: '' },
    ],
  ])('may not %s', async (_, attributes) => {
    expect(await allowed(attributes)).toBe(false);
  });

  test.each(['calico-system:default', 'other:calico-node', 'calico-system:calico-typha'])(
    'is the only one who may: %s may not',
    async (account) => {
      expect(await allowed({ verb: 'list', name: SECRET }, account)).toBe(false);
    },
  );

  async function ask(path: string): Promise<HttpAnswer> {
    return await http(`${cluster.server}${path}`, { ca: cluster.ca, headers: { authorization: `Bearer ${token}` } });
  }

  test('reads the password as calico-node asks for it', async () => {
    const secrets = '/api/v1/namespaces/calico-system/secrets';
    const byName = `fieldSelector=${encodeURIComponent(`metadata.name=${SECRET}`)}`;
    const listed = await ask(`${secrets}?${byName}`);
    expect(listed.status).toBe(200);
    const { items } = JSON.parse(listed.body) as { items: { data: Record<string, string> }[] };
    expect(items.map(({ data }) => data)).toEqual([
      { password: Buffer.from(`of ${SECRET} in calico-system`).toString('base64') },
    ]);
    const watched = await ask(`${secrets}?${byName}&watch=true&timeoutSeconds=1`);
    expect(watched.status).toBe(200);
    expect(watched.body).toMatch(/^\{"type":"ADDED",.*"name":"flatlan-bgp-password"/);
    expect((await ask(secrets)).status).toBe(403);
    expect((await ask(`${secrets}/${SECRET}`)).status).toBe(403);
  });
});
