/**
 * Where pods find a node: the real kube-scheduler, with nodes that carry the taints of real life, and pods with the
 * tolerations, selectors and affinities that Helm renders. Typha's and kube-controllers' are the operator's, as v1.42.3 makes
 * them of the Installation (pkg/render/typha.go, kubecontrollers/kube-controllers.go). No kubelet runs any of them.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layersIn, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { valuesText } from '../../cdk8s/helm/cluster-values.ts';
import { manifestsIn, type Manifest } from '../helm/manifests.ts';
import { chartWithStandIns } from '../helm/stand-ins.ts';
import { changed, networkOf, planNetwork, planText, planWith } from '../plans/fixtures.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { atTheEnd } from './endings.ts';
import { freePorts, http, NotYet, waitFor } from './http.ts';
import { startDaemon, startGuard, type Daemon } from './process.ts';
import { describeWith, requireTool } from './tools.ts';
import { ok } from './umbrella.ts';

jest.setTimeout(180_000);

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const controlPlane = { key: CONTROL_PLANE, effect: 'NoSchedule' };
/** What becomes of the condition that calico-node leaves when it stops. */
const networkUnavailable = { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' };
/** As an earlier flatlan wrote them. */
const oldTolerations = [{ key: CONTROL_PLANE, operator: 'Exists', effect: 'NoSchedule' }];

interface Taint {
  readonly key: string;
  readonly effect: string;
}
interface PodSpec {
  readonly tolerations?: readonly object[];
  readonly nodeSelector?: object;
  readonly affinity?: object;
}
type Nodes = Readonly<Record<string, readonly Taint[]>>;

/** The operator's defaults of these two (pkg/render/common/meta/meta.go). */
const tolerateAll = [
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { effect: 'NoSchedule', operator: 'Exists' },
  { effect: 'NoExecute', operator: 'Exists' },
];
const tolerateControlPlane = [
  { key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' },
  { key: CONTROL_PLANE, effect: 'NoSchedule' },
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
];

interface Installation {
  readonly controlPlaneTolerations?: readonly object[];
  readonly controlPlaneNodeSelector?: object;
}
const typha = ({ controlPlaneTolerations: own = [] }: Installation): PodSpec => ({
  tolerations: own.length > 0 ? own : tolerateAll,
});
const kubeControllers = ({ controlPlaneTolerations = [], controlPlaneNodeSelector }: Installation): PodSpec => ({
  tolerations: [...controlPlaneTolerations, ...tolerateControlPlane],
  ...(controlPlaneNodeSelector ? { nodeSelector: controlPlaneNodeSelector } : {}),
});

/** hybrid with kubeadm, whose control planes have a taint where nobody takes it off. */
const hybrid = () => planWith('hybrid', 'distribution: k3s', 'distribution: kubeadm');

describeWith(['etcd', 'kube-apiserver', 'kubectl', 'kube-scheduler', 'helm4'], 'pods find a node', () => {
  let cluster: ControlPlane;
  const ending = atTheEnd();
  let scheduler: Daemon;
  let chart: string;
  let count = 0;
  /** By the values. */
  const renderings = new Map<string, Record<string, PodSpec>>();

  beforeAll(async () => {
    cluster = await startControlPlane();
    ending(() => cluster.stop());
    chart = chartWithStandIns(cluster.folder);
    const guard = startGuard(join(cluster.folder, 'guarded'));
    ending(() => guard.dismiss());
    const [port = 0] = await freePorts(1);
    scheduler = await startDaemon(
      'kube-scheduler',
      requireTool('kube-scheduler'),
      [
        ...[`--kubeconfig=${cluster.kubeconfig}`, '--bind-address=127.0.0.1', `--secure-port=${port}`],
        ...['--leader-elect=false', `--cert-dir=${join(cluster.folder, 'scheduler')}`],
      ],
      { log: join(cluster.folder, 'kube-scheduler.log'), guard, env: { PATH: process.env.PATH, HOME: cluster.folder } },
    );
    ending(() => scheduler.kill());
    await apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pods' } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'pods' } },
    ]);
  });

  async function apply(items: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    ok(await cluster.kubectl(['apply', '--server-side', '--filename=-'], list));
  }

  /** Everything that Helm renders for a plan, operators' stand-ins and checks among it: pods by name. */
  async function rendered(network: Network): Promise<Record<string, PodSpec>> {
    const text = valuesText(network);
    const before = renderings.get(text);
    if (before) return before;
    const values = join(mkdtempSync(join(cluster.folder, 'values-')), 'values.yaml');
    writeFileSync(values, text);
    const objects: Manifest[] = [];
    for (const { name, release } of layersIn(network)) {
      const files = ['-f', join(chart, `layers/${name}.yaml`), '-f', values];
      const args = ['template', release, chart, '--namespace', NAMESPACE, ...files];
      objects.push(...manifestsIn(ok(await cluster.helm(4, args)).stdout));
    }
    const found = objects.flatMap(({ kind, metadata, spec }): [string, PodSpec][] => {
      if (kind === 'Pod') return [[metadata.name, spec as PodSpec]];
      if (kind !== 'Deployment' && kind !== 'DaemonSet') return [];
      return [[metadata.name, (spec as { template: { spec: PodSpec } }).template.spec]];
    });
    const installation = (networkValues(network).installation ?? {}) as Installation;
    const pods = {
      ...Object.fromEntries(found),
      'calico-typha': typha(installation),
      'calico-kube-controllers': kubeControllers(installation),
    };
    renderings.set(text, pods);
    return pods;
  }

  /** Nodes as kubelets make them, ready, with these taints and no others. */
  async function nodes(wanted: Nodes, labels: (name: string) => Record<string, string>): Promise<void> {
    ok(await cluster.kubectl(['delete', 'pods', '--all', '--namespace=pods', '--grace-period=0', '--force']));
    ok(await cluster.kubectl(['delete', 'nodes', '--all']));
    await apply(
      Object.keys(wanted).map((name) => {
        const own = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels(name) };
        return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: own } };
      }),
    );
    for (const name of Object.keys(wanted)) {
      const room = { cpu: '8', memory: '32Gi', pods: '110' };
      const status = { capacity: room, allocatable: room, conditions: [{ type: 'Ready', status: 'True' }] };
      ok(
        await cluster.kubectl([
          ...['patch', 'node', name, '--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status })}`],
        ]),
      );
    }
    await taints(wanted);
  }

  /** The API server gives each new node a taint of its own, not-ready; these take its place. */
  async function taints(wanted: Nodes): Promise<void> {
    for (const [name, list] of Object.entries(wanted))
      ok(
        await cluster.kubectl([
          ...['patch', 'node', name, '--type=merge', `--patch=${JSON.stringify({ spec: { taints: list } })}`],
        ]),
      );
  }

  /** Which node each pod is on; none: the scheduler said that no node fits. Their volumes and images are left out. */
  async function placed(pods: Readonly<Record<string, PodSpec>>): Promise<Record<string, string>> {
    const names = new Map(Object.keys(pods).map((name) => [`${name}-${(count += 1)}`, name]));
    await apply(
      [...names].map(([name, pod]) => {
        const { tolerations, nodeSelector, affinity } = pods[pod] ?? {};
        return {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, namespace: 'pods' },
          spec: {
            containers: [{ name: 'none', image: 'none.invalid/none:none' }],
            ...(tolerations ? { tolerations } : {}),
            ...(nodeSelector ? { nodeSelector } : {}),
            ...(affinity ? { affinity } : {}),
          },
        };
      }),
    );
    return await waitFor('the scheduler has decided', 120_000, async () => {
      const end = scheduler.ended();
      if (end !== undefined) throw new Error(end);
      const headers = { authorization: `Bearer ${cluster.token}` };
      const answer = await http(`${cluster.server}/api/v1/namespaces/pods/pods`, { ca: cluster.ca, headers });
      if (answer.status !== 200) throw new Error(answer.body);
      const { items } = JSON.parse(answer.body) as { items: Placed[] };
      const decided = items.flatMap(({ metadata, spec, status }): [string, string][] => {
        const pod = names.get(metadata.name);
        if (pod === undefined) return [];
        if (spec.nodeName !== undefined) return [[pod, spec.nodeName]];
        return status.conditions?.some(({ reason }) => reason === 'Unschedulable') ? [[pod, 'none']] : [];
      });
      return decided.length === names.size
        ? Object.fromEntries(decided)
        : new NotYet(`${decided.length} of ${names.size} are decided`);
    });
  }

  interface Placed {
    metadata: { name: string };
    spec: { nodeName?: string };
    status: { conditions?: { reason?: string }[] };
  }

  const withoutNode = (found: Record<string, string>): string[] =>
    Object.keys(found)
      .filter((name) => found[name] === 'none')
      .sort();
  const isControlPlane = (network: Network) => (name: string) =>
    network.nodes.some((node) => node.name === name && node.roles.includes('control-plane'))
      ? { [CONTROL_PLANE]: '' }
      : ({} as Record<string, string>);

  describe('one kubeadm node, tainted as a control plane', () => {
    test('every pod finds it', async () => {
      const network = planNetwork('flat-bgp');
      await nodes({ rancher: [controlPlane] }, isControlPlane(network));
      const pods = await rendered(network);
      expect(Object.keys(pods)).toEqual(
        expect.arrayContaining(['metallb-controller', 'tigera-operator', 'calico-typha']),
      );
      expect(withoutNode(await placed(pods))).toEqual([]);
    });

    test("MetalLB's controller as upstream's chart has it does not", async () => {
      expect(await placed({ 'metallb-controller': {} })).toEqual({ 'metallb-controller': 'none' });
    });
  });

  describe('one node that calico-node tainted when it stopped', () => {
    test('Typha finds it, and all that runs on the network of the node', async () => {
      const network = planNetwork('flat-bgp');
      await nodes({ rancher: [networkUnavailable] }, isControlPlane(network));
      // These two need a network of pods, and wait for it.
      expect(withoutNode(await placed(await rendered(network)))).toEqual([
        'calico-kube-controllers',
        'metallb-controller',
      ]);
    });

    test('the old tolerations keep Typha off it, and so calico-node', async () => {
      expect(await placed({ typha: typha({ controlPlaneTolerations: oldTolerations }) })).toEqual({ typha: 'none' });
    });

    test('once calico-node runs the taint goes, and every pod finds it', async () => {
      await taints({ rancher: [] });
      expect(withoutNode(await placed(await rendered(planNetwork('flat-bgp'))))).toEqual([]);
    });
  });

  test('a node that has just joined: Typha comes to it, and with the old tolerations does not', async () => {
    await nodes({ rancher: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }, () => ({}));
    expect(await placed({ typha: typha({}), old: typha({ controlPlaneTolerations: oldTolerations }) })).toEqual({
      typha: 'rancher',
      old: 'none',
    });
  });

  describe('two nodes, one of them both', () => {
    test('both tainted by calico-node: Typha and the node plane find a node, the old Typha none', async () => {
      const network = hybrid();
      await nodes({ node1: [controlPlane, networkUnavailable], node2: [networkUnavailable] }, isControlPlane(network));
      const found = await placed({
        ...(await rendered(network)),
        old: typha({ controlPlaneTolerations: oldTolerations }),
      });
      expect(withoutNode(found)).toEqual(['calico-kube-controllers', 'home-assistant', 'metallb-controller', 'old']);
    });

    test('with the taint of the control plane alone every pod finds one', async () => {
      await taints({ node1: [controlPlane], node2: [] });
      expect(withoutNode(await placed(await rendered(hybrid())))).toEqual([]);
    });

    test('and also when the worker is away', async () => {
      await taints({ node1: [controlPlane], node2: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }] });
      expect(withoutNode(await placed(await rendered(hybrid())))).toEqual([]);
    });
  });

  test('all control planes, tainted by kubeadm: every pod finds one', async () => {
    const network = networkOf(
      changed(
        changed(planText('hybrid'), 'distribution: k3s', 'distribution: kubeadm'),
        'roles: [worker]',
        'roles: [control-plane, worker]',
      ),
    );
    await nodes({ node1: [controlPlane], node2: [controlPlane] }, isControlPlane(network));
    expect(withoutNode(await placed(await rendered(network)))).toEqual([]);
  });
});
