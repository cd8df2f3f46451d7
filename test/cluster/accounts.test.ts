/**
 * Every verb of every ServiceAccount that the chart makes, as the API server's own authorizer tells it, against the table
 * in docs/rbac.md. The objects are those of Helm, hooks of `helm test` among them, with everything that is off turned on.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { kinds } from '../../cdk8s/constructs/release/checks.ts';
import { layers, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { manifestsIn, type Manifest } from '../helm/helm.ts';
import { chartWithStandIns, isStandIn } from '../helm/stand-ins.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http } from './http.ts';
import { describeWith } from './tools.ts';
import { ok, planClusterValues } from './umbrella.ts';

jest.setTimeout(180_000);

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
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
  const ofNetwork = [...kinds].sort().join(', ');
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
    const objects: Manifest[] = [];
    for (const { name, release } of layers) {
      const args = ['template', release, chart, '--namespace', NAMESPACE, '-f', join(chart, `layers/${name}.yaml`)];
      const { stdout } = ok(await cluster.helm(4, [...args, '-f', values, '--set', 'attachments.healer=true']));
      objects.push(...manifestsIn(stdout));
    }
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
});
