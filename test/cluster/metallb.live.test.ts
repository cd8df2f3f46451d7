/**
 * MetalLB's real controller, of the version that the chart depends on, with the rights that upstream's chart gives its
 * account (test/helm/upstream-objects.ts) and ours: without ours it ends at its start; with ours it gives Services addresses
 * of the plan's pools. The test does a kubelet's part. A host of a lab is its place, since its ports are fixed.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ADDRESS_ANNOTATION, POOL_ANNOTATION } from '../../cdk8s/constructs/metallb/ip-address-pool.ts';
import { NAMESPACE, network as networkLayer, operators } from '../../cdk8s/helm/layers.ts';
import type { Daemon } from '../../cdk8s/lab/daemon.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab } from '../../cdk8s/lab/lab.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { tested } from '../../cdk8s/plan/versions.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { METALLB_CONTROLLER } from '../../cdk8s/values/umbrella.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { openApiSocket } from './api-socket.ts';
import { atTheEnd } from './endings.ts';
import { lackOfShared } from './shared.ts';
import { pinnedVersion, requireTool, type ToolName } from './tools.ts';
import { ok, startUmbrella, type Umbrella } from './umbrella.ts';
import { operatorHasRun } from './upstream.ts';

jest.setTimeout(180_000);

const POD = `${METALLB_CONTROLLER}-0`;
const ACCESS = 'flatlan-metallb-controller';
/** Below TMPDIR of a host: the webhooks look nowhere else, whatever --cert-dir says. */
const CERTIFICATES = '/run/tmp/k8s-webhook-server/serving-certs';
const tools: ToolName[] = ['etcd', 'kube-apiserver', 'kubectl', 'helm4', 'metallb-controller'];
const lacks = [lackOfShared()].map((reason) => (reason === undefined ? undefined : { reason, kernel: false }));

describeLab("MetalLB's controller", { tools, lacks }, () => {
  /** Of its three pools only home-b's is reached from everywhere, so it alone is given without a word. */
  const lan = 'home-b-lan: {subnet: 192.168.12.0/24, gateway: 192.168.12.1, clients: true';
  const range = changed(planText('multi-site'), '{subnet: 10.65.3.0/24}', '{range: 10.65.3.10-10.65.3.49}');
  const plan = networkOf(changed(range, lan, `${lan}, reach: site`));
  const values = clusterValues(plan);
  let umbrella: Umbrella;
  let host: Host;
  const ending = atTheEnd();
  let running: Daemon;

  beforeAll(async () => {
    umbrella = await startUmbrella(4);
    const { cluster } = umbrella;
    ending(() => cluster.stop());
    await operatorHasRun(cluster);
    // As the chart's own kind has it, where MetalLB's manifest, whose kinds these are, has none.
    const service = { name: 'metallb-webhook-service', namespace: NAMESPACE, path: '/convert' };
    const webhook = { clientConfig: { service }, conversionReviewVersions: ['v1beta1', 'v1beta2'] };
    const conversion = JSON.stringify({ spec: { conversion: { strategy: 'Webhook', webhook } } });
    ok(await cluster.kubectl(['patch', 'crd', 'bgppeers.metallb.io', '--type=merge', `--patch=${conversion}`]));
    await umbrella.installBoth(values);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD, namespace: NAMESPACE },
      spec: {
        serviceAccountName: METALLB_CONTROLLER,
        containers: [{ name: 'controller', image: 'none.invalid/none:none' }],
      },
    };
    await apply(pod);

    const lab = await startLab();
    ending(() => lab.stop());
    host = await lab.host('controller');
    const token = ok(await cluster.kubectl(['create', 'token', METALLB_CONTROLLER, `--namespace=${NAMESPACE}`]));
    const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { user: { token: string } }[] };
    for (const { user } of config.users) user.token = token.stdout.trim();
    host.write('/run/lab/kubeconfig', JSON.stringify(config));
    const api = await openApiSocket(cluster);
    ending(() => {
      api.close();
    });
    const tunnel = await host.start('tunnel', api.tunnel);
    await waitFor('the API server is reached', 10_000, () => {
      const end = tunnel.ended();
      if (end !== undefined) throw new Error(end);
      return Promise.resolve(tunnel.log().includes('ready') || new NotYet('no port yet'));
    });
  });

  const apply = async (object: object) =>
    ok(await umbrella.cluster.kubectl(['apply', '--filename=-'], JSON.stringify(object)));

  /** As upstream's chart starts it (its values' defaults), with files of its own. */
  const command = (): string[] => [
    ...[requireTool('metallb-controller'), '--port=9120', '--log-level=info', '--webhook-mode=enabled'],
    `--cert-dir=${CERTIFICATES}`,
  ];
  const env = { KUBECONFIG: '/run/lab/kubeconfig', METALLB_NAMESPACE: NAMESPACE, METALLB_POD_NAME: POD };

  interface ServiceState {
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
  }

  /** A Service of type LoadBalancer, by name, with annotations. */
  async function service(name: string, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', annotations },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name } },
    });
  }

  async function addressOf(name: string): Promise<string> {
    return await waitFor(`Service ${name} has an address`, 60_000, async () => {
      const end = running.ended();
      if (end !== undefined) throw new Error(end);
      const found = (await umbrella.cluster.object('service', name, 'default')) as ServiceState;
      return found.status?.loadBalancer?.ingress?.[0]?.ip ?? new NotYet(`none:\n${running.tail(3)}`);
    });
  }

  test('is of the version that the chart depends on', () => {
    expect(pinnedVersion('metallb-controller')).toBe(`v${tested.metallb}`);
  });

  test('without our Role it ends at its start, with the words that people saw', async () => {
    ok(await umbrella.cluster.kubectl(['delete', 'role', ACCESS, `--namespace=${NAMESPACE}`]));
    const { code, stdout, stderr } = await host.run(command(), { env });
    expect(code).toBe(1);
    const said = (stdout + stderr).replaceAll('\\"', '"');
    expect(said).toContain('unable to get own pod for owner references');
    expect(said).toContain('cannot get resource "pods" in API group "" in the namespace "flatlan-system"');
  });

  test('an upgrade by Helm 4 puts the Role back, and the controller runs', async () => {
    ok(await umbrella.upgrade(operators, ...umbrella.flags(operators, values)));
    running = await host.start('metallb-controller', command(), { env });
    // The kubelet's part: the Secret of its webhooks, which it fills itself, is a folder in its pod.
    const files = await waitFor('it has made its certificate', 60_000, async () => {
      const end = running.ended();
      if (end !== undefined) throw new Error(end);
      const secret = await umbrella.cluster.object('secret', 'metallb-webhook-cert', NAMESPACE);
      const data = (secret?.data ?? {}) as Record<string, string>;
      return 'tls.crt' in data ? data : new NotYet(running.tail(3));
    });
    for (const [name, text] of Object.entries(files))
      host.write(`${CERTIFICATES}/${name}`, Buffer.from(text, 'base64').toString());
    await waitFor('its webhooks are served', 60_000, () =>
      Promise.resolve(running.log().includes('webhooks enabled') || new NotYet(running.tail(3))),
    );
  });

  test('a Service gets an address of the pool that is for all, and none that a device takes for a broadcast', async () => {
    expect(plan.loadBalancers.map(({ name, autoAssign }) => [name, autoAssign])).toEqual([
      ['home-a', false],
      ['home-b', true],
      ['vps', false],
    ]);
    await service('plain');
    expect(await addressOf('plain')).toBe('10.65.2.1');
  });

  test('a Service that names a pool, or an address, gets that', async () => {
    await service('by-pool', { [POOL_ANNOTATION]: 'home-a' });
    // The last address of a range, in the last of its subnets.
    await service('by-address', { [ADDRESS_ANNOTATION]: '10.65.3.49' });
    expect(await addressOf('by-pool')).toBe('10.65.1.1');
    expect(await addressOf('by-address')).toBe('10.65.3.49');
  });

  test('the pools tell what is taken, which helm test and the guards look at', async () => {
    const taken = async (pool: string) => {
      const found = await umbrella.cluster.object('ipaddresspools.metallb.io', pool, NAMESPACE);
      return (found?.status as { assignedIPv4?: number } | undefined)?.assignedIPv4;
    };
    await waitFor('each pool counts one', 30_000, async () => {
      const counts = await Promise.all(['home-a', 'home-b', 'vps'].map(taken));
      return counts.every((count) => count === 1) || new NotYet(counts.join(', '));
    });
  });

  describe('pools of a running network change, as docs/day-2.md says', () => {
    const withBoth = changed(
      range,
      'home-b: {subnet: 10.65.2.0/24}',
      'home-b: {subnet: 10.65.2.0/24, autoAssign: false}\n  home-b-new: {subnet: 10.65.4.0/24, router: home-b}',
    );
    const withNew = changed(withBoth, '  home-b: {subnet: 10.65.2.0/24, autoAssign: false}\n', '');
    const upgrade = async (text: string) => {
      const now = clusterValues(networkOf(changed(text, lan, `${lan}, reach: site`)));
      ok(await umbrella.upgrade(networkLayer, ...umbrella.flags(networkLayer, now)));
    };
    const untilAddress = async (name: string, wanted: RegExp | undefined) =>
      await waitFor(`Service ${name} has ${wanted?.source ?? 'no address'}`, 60_000, async () => {
        const found = (await umbrella.cluster.object('service', name, 'default')) as ServiceState;
        const [now] = found.status?.loadBalancer?.ingress ?? [];
        return (wanted ? wanted.test(now?.ip ?? '') : !now) || new NotYet(now?.ip ?? 'none');
      });

    test('a second pool: who has an address keeps it, who is new gets one of the second', async () => {
      await upgrade(withBoth);
      await service('later');
      expect(await addressOf('later')).toBe('10.65.4.1');
      expect(await addressOf('plain')).toBe('10.65.2.1');
    });

    test('a Service moves at once when it asks for the pool, and stays when it no longer asks', async () => {
      await service('plain', { [POOL_ANNOTATION]: 'home-b-new' });
      await untilAddress('plain', /^10\.65\.4\.2$/);
      await service('plain');
      await service('after');
      expect([await addressOf('after'), await addressOf('plain')]).toEqual(['10.65.4.3', '10.65.4.2']);
    });

    test('the first pool goes: a Service that insists on one of its addresses has none from then on', async () => {
      await service('insists', { [ADDRESS_ANNOTATION]: '10.65.2.7' });
      expect(await addressOf('insists')).toBe('10.65.2.7');
      await upgrade(withNew);
      await untilAddress('insists', undefined);
      expect(await addressOf('plain')).toBe('10.65.4.2');
    });

    test('another subnet in the same pool: every Service has another address at once', async () => {
      await upgrade(changed(withNew, '10.65.4.0/24', '10.65.5.0/24'));
      for (const name of ['plain', 'later', 'after']) await untilAddress(name, /^10\.65\.5\.[1-3]$/);
    });
  });

  test('nothing else was forbidden to it, and the network layer gives it nothing', async () => {
    expect(running.ended()).toBeUndefined();
    expect(running.log()).not.toMatch(/forbidden/);
    const { stdout } = ok(await umbrella.onRelease('get manifest', networkLayer));
    expect(stdout).not.toContain(ACCESS);
  });
});
