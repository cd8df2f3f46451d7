/**
 * Every verb of every ServiceAccount that the chart makes, as the API server's own authorizer tells it, against the table
 * in docs/rbac.md. The objects are those of Helm, hooks of `helm test` among them, with everything that is off turned on.
 * And what tenants may not, who have Kubernetes' own roles in a namespace.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { keepCilium } from '../plans/existing.ts';
import { anyNetworkOf, planText } from '../plans/fixtures.ts';
import { operatorsCrds } from '../../cdk8s/constructs/release/needed-crds.ts';
import { layers, NAMESPACE, network, prerequisites, type Layer } from '../../cdk8s/helm/layers.ts';
import { manifestsIn, type Manifest } from '../helm/manifests.ts';
import { chartWithStandIns, isStandIn } from '../helm/stand-ins.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http, NotYet, waitFor } from './http.ts';
import { describeWith } from './tools.ts';
import { ok, planClusterValues } from './umbrella.ts';

jest.setTimeout(180_000);

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface AggregatedRole {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly aggregationRule?: { clusterRoleSelectors: { matchLabels: Readonly<Record<string, string>> }[] };
}

const places = [NAMESPACE, 'smarthome', 'other'];

/** `group | resource | names | verbs`, a line a resource. */
function rows({ apiGroups = [], resources = [], resourceNames = [], verbs }: Rule): string[] {
  return apiGroups.flatMap((group) =>
    resources.map((resource) =>
      [group, resource, [...resourceNames].sort().join(', '), [...verbs].sort().join(', ')].join(' | '),
    ),
  );
}

function documented(): string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/rbac.md'), 'utf8');
  const ofNetwork = [...operatorsCrds].sort().join(', ');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      return cells.map((cell) => (cell.startsWith('the kinds of the network layer') ? ofNetwork : cell)).join(' | ');
    });
}

describeWith(['etcd', 'kube-apiserver', 'kubectl', 'helm4'], 'every ServiceAccount of the chart', () => {
  let cluster: ControlPlane;
  let accounts: string[];

  beforeAll(async () => {
    cluster = await startControlPlane();
    const chart = chartWithStandIns(cluster.folder);
    const values = join(cluster.folder, 'values.yaml');
    writeFileSync(values, stringify(planClusterValues('hybrid')));
    const kept = join(cluster.folder, 'kept.yaml');
    writeFileSync(kept, stringify(clusterValues(keepCilium)));
    const objects: Manifest[] = [];
    const bridged = join(cluster.folder, 'bridged.yaml');
    writeFileSync(bridged, stringify(clusterValues(anyNetworkOf(planText('dumb-l2')))));
    const render = async ({ name, release }: Layer, file: string): Promise<void> => {
      const args = ['template', release, chart, '--namespace', NAMESPACE, '-f', join(chart, `layers/${name}.yaml`)];
      const { stdout } = ok(await cluster.helm(4, [...args, '-f', file, '--set', 'attachments.healer=true']));
      objects.push(...manifestsIn(stdout));
    };
    for (const layer of layers) await render(layer, layer === prerequisites ? kept : values);
    // What it has instead of Calico; roles of the same name are the same objects.
    await render(network, bridged);
    // Not what upstream's charts give to their own accounts.
    const ours = objects.filter((object) => !isStandIn(object));
    const granted = ours.filter(({ kind }) => /^(Cluster)?Role(Binding)?$/.test(kind));
    const bound = granted.flatMap(({ subjects }) =>
      ((subjects ?? []) as { kind: string; name: string; namespace: string }[]).map(
        ({ kind, name, namespace }) => `${kind === 'ServiceAccount' ? '' : `${kind} `}${namespace}/${name}`,
      ),
    );
    const made = ours
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => `${NAMESPACE}/${metadata.name}`);
    accounts = [...new Set([...bound, ...made])];
    const items = [...places.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })), ...granted];
    ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
  });

  afterAll(async () => {
    await cluster.stop();
  });

  async function rulesOf(account: string, namespace: string): Promise<string[]> {
    const [home = '', name = ''] = account.split('/');
    const { status, body } = await http(`${cluster.server}/apis/authorization.k8s.io/v1/selfsubjectrulesreviews`, {
      method: 'POST',
      ca: cluster.ca,
      headers: {
        authorization: `Bearer ${cluster.token}`,
        'content-type': 'application/json',
        'impersonate-user': `system:serviceaccount:${home}:${name}`,
        'impersonate-group': 'system:authenticated',
      },
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      }),
    });
    expect([status, body]).toEqual([201, body]);
    const { resourceRules } = (JSON.parse(body) as { status: { resourceRules: Rule[] } }).status;
    return resourceRules.flatMap(rows);
  }

  test('may do what the table in docs/rbac.md says, and nothing else', async () => {
    const found: string[] = [];
    // What everybody may who is known to the API server.
    const common = new Set(await rulesOf('other/nobody', 'other'));
    for (const account of accounts) {
      const byPlace = new Map<string, Set<string>>();
      for (const place of places)
        byPlace.set(place, new Set((await rulesOf(account, place)).filter((row) => !common.has(row))));
      // What it may in a namespace that is none of its business it may everywhere.
      const everywhere = byPlace.get('other') ?? new Set<string>();
      for (const row of everywhere) found.push(`${account} | cluster | ${row}`);
      for (const [place, rules] of byPlace)
        for (const row of rules) if (!everywhere.has(row)) found.push(`${account} | ${place} | ${row}`);
    }
    expect(found.sort()).toEqual(documented().sort());
    expect(accounts.sort()).toEqual([...new Set(documented().map((row) => row.split(' | ')[0] ?? ''))].sort());
  });

  describe.each(['edit', 'admin'])("a tenant with Kubernetes' role %s in a namespace", (role) => {
    const user = `tenant-${role}`;
    const asTenant = [`--as=${user}`, '--as-group=system:authenticated'];

    beforeAll(async () => {
      const items = (await rolesWithin(role)).map((name) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: `${user}-${name.replaceAll(':', '-')}`, namespace: 'smarthome' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      }));
      ok(await cluster.kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
      const known = role === 'admin' ? ['rbac.authorization.k8s.io', 'roles'] : ['', 'pods'];
      await waitFor('the API server knows the tenant', 15_000, async () => {
        const may = await mayTenant('create', known[0] ?? '', known[1] ?? '');
        return may || new NotYet(`it may not create ${known[1]}`);
      });
    });

    /**
     * The ClusterRoles that a controller copies into this one, which does not run here. The chart's would be among them if
     * they asked for it.
     */
    async function rolesWithin(name: string): Promise<string[]> {
      const { stdout } = ok(await cluster.kubectl(['get', 'clusterroles', '--output=json']));
      const all = (JSON.parse(stdout) as { items: AggregatedRole[] }).items;
      const within = (one: string): string[] => {
        const selectors =
          all.find(({ metadata }) => metadata.name === one)?.aggregationRule?.clusterRoleSelectors ?? [];
        const found = all.filter(({ metadata: { labels = {} } }) =>
          selectors.some(({ matchLabels }) =>
            Object.entries(matchLabels).every(([key, value]) => labels[key] === value),
          ),
        );
        return [one, ...found.flatMap(({ metadata }) => within(metadata.name))];
      };
      return [...new Set(within(name))];
    }

    async function mayTenant(verb: string, group: string, resource: string, namespace = 'smarthome'): Promise<boolean> {
      const [name = '', subresource = ''] = resource.split('/');
      const { status, body } = await http(`${cluster.server}/apis/authorization.k8s.io/v1/subjectaccessreviews`, {
        method: 'POST',
        ca: cluster.ca,
        headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user,
            groups: ['system:authenticated'],
            resourceAttributes: { namespace, verb, group, resource: name, subresource },
          },
        }),
      });
      expect([status, body]).toEqual([201, body]);
      return (JSON.parse(body) as { status: { allowed: boolean } }).status.allowed;
    }

    test('may make pods there, and nowhere else', async () => {
      for (const verb of ['create', 'update', 'patch', 'delete']) {
        expect([verb, await mayTenant(verb, '', 'pods')]).toEqual([verb, true]);
        expect([verb, await mayTenant(verb, '', 'pods', 'other')]).toEqual([verb, false]);
      }
    });

    test.each([
      ['k8s.cni.cncf.io', 'network-attachment-definitions'],
      ['admissionregistration.k8s.io', 'validatingadmissionpolicies'],
      ['admissionregistration.k8s.io', 'validatingadmissionpolicybindings'],
      ['', 'pods/status'],
      ['', 'pods/binding'],
      ['', 'bindings'],
    ])('may not write, by any verb: %j %s', async (group, resource) => {
      for (const verb of ['create', 'update', 'patch', 'delete', 'deletecollection'])
        expect([verb, await mayTenant(verb, group, resource)]).toEqual([verb, false]);
    });

    test('may not give itself a right that it does not have', async () => {
      const rule = (apiGroup: string, resource: string) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: `${role}-wish`, namespace: 'smarthome' },
        rules: [{ apiGroups: [apiGroup], resources: [resource], verbs: ['create'] }],
      });
      const create = async (object: object) =>
        await cluster.kubectl(['create', '--dry-run=server', '--filename=-', ...asTenant], JSON.stringify(object));
      for (const [group, resource] of [
        ['k8s.cni.cncf.io', 'network-attachment-definitions'],
        ['', 'pods/binding'],
      ] as const)
        expect(await create(rule(group, resource))).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('forbidden'),
        });
      expect((await create(rule('', 'pods'))).code).toBe(role === 'admin' ? 0 : 1);
      const binding = ['create', 'rolebinding', `${role}-wish`, '--namespace=smarthome', `--user=${user}`];
      const everything = await cluster.kubectl([...binding, '--clusterrole=cluster-admin', ...asTenant]);
      expect(everything).toMatchObject({ code: 1, stderr: expect.stringContaining('forbidden') });
    });
  });
});
