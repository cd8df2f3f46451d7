/**
 * The API server's refusals about HelmReleases that carry the network, without Flux: what counts is the release that one
 * drives, whatever it is called and wherever it stands.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX, type FluxObject } from '../../cdk8s/flux/object.ts';
import { releaseProtection } from '../../cdk8s/flux/protection.ts';
import { helmRelease } from '../../cdk8s/flux/release.ts';
import { apps, NAMESPACE, network, operators } from '../../cdk8s/helm/layers.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { planNetwork } from '../plans/fixtures.ts';
import type { RunResult } from '../cluster/process.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster, fluxKinds } from '../cluster/upstream.ts';

jest.setTimeout(120_000);

const policy = releaseProtection([operators, network]);
const mine = helmRelease(planNetwork('hybrid'), network);
const spec = mine.spec as Readonly<Record<string, unknown>>;
const { releaseName, storageNamespace } = spec;
const withoutTarget = { ...spec, releaseName: undefined, targetNamespace: undefined, storageNamespace: undefined };

function other(name: string, given: object, namespace = FLUX): FluxObject {
  return { apiVersion: mine.apiVersion, kind: mine.kind, metadata: { name, namespace }, spec: given };
}

const second =
  "a release of the cluster's network has exactly one HelmRelease, with the release's name, in flux-system: with a second " +
  'one both are Ready, and deleting either is an uninstall';
const uninstall =
  "deleting this HelmRelease would uninstall the cluster's network: suspend it first (flux suspend " +
  'helmrelease); then its release is kept and you can manage it with Helm';
const target =
  'releaseName, targetNamespace, storageNamespace of this HelmRelease cannot change: Flux would uninstall the ' +
  "cluster's network and install it again";

describeOnCluster([], 'a HelmRelease', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
    await fluxKinds(cluster);
    for (const name of [FLUX, NAMESPACE]) ok(await cluster.kubectl(['create', 'namespace', name]));
    // From before there was a policy: somebody renamed a HelmRelease and kept its release.
    ok(await create(other('old-name', spec)));
    await create(mine);
    await create(helmRelease(planNetwork('hybrid'), apps));
    ok(await cluster.kubectl(['apply', '--filename=-'], list(policy)));
    await waitFor('the policy is in force', 30_000, async () => {
      const { code, stderr } = await create(other('probe', spec), '--dry-run=server');
      return code === 0 ? new NotYet('it refuses nothing yet') : stderr.includes(second) || new NotYet(stderr);
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

  async function create(object: FluxObject, ...flags: string[]): Promise<RunResult> {
    return await cluster.kubectl(['create', '--filename=-', ...flags], JSON.stringify(object));
  }

  const onRelease = async (verb: string, name: string, ...flags: string[]) =>
    await cluster.kubectl([verb, 'helmrelease', name, `--namespace=${FLUX}`, ...flags]);
  const patched = async (name: string, change: object, ...flags: string[]) =>
    await onRelease('patch', name, '--type=merge', `--patch=${JSON.stringify({ spec: change })}`, ...flags);

  function refused({ code, stderr }: RunResult, sentence: string): void {
    expect(stderr).toContain(`ValidatingAdmissionPolicy 'flatlan-flux-releases'`);
    expect(stderr).toContain(sentence);
    expect(code).toBe(1);
  }

  test.each<[string, FluxObject]>([
    ['of another name', other('my-network', spec)],
    ['for the operators', other('my-operators', { ...spec, releaseName: operators.release })],
    ['in another namespace', other('flatlan-network', spec, NAMESPACE)],
    [
      'whose own name is that of the release',
      other('flatlan-network', { ...withoutTarget, storageNamespace }, 'default'),
    ],
    [
      'whose name becomes that of the release',
      other('network', { ...withoutTarget, storageNamespace, targetNamespace: 'flatlan' }),
    ],
    ['whose records lie in its own namespace', other('network', { ...withoutTarget, releaseName }, NAMESPACE)],
  ])('that drives a release which has one already is refused: one %s', async (_, object) => {
    refused(await create(object, '--dry-run=server'), second);
  });

  test.each<[string, FluxObject]>([
    ['another release', other('my-apps', { ...spec, releaseName: 'my-apps' })],
    ['the applications', other('my-apps', { ...spec, releaseName: apps.release })],
    ['a release of that name in another namespace', other('network', { ...spec, storageNamespace: 'default' })],
    ["another cluster's release", other('far-away', { ...spec, kubeConfig: { secretRef: { name: 'far-away' } } })],
  ])('that drives %s is let through', async (_, object) => {
    ok(await create(object, '--dry-run=server'));
  });

  test('cannot turn to a release that has one', async () => {
    refused(await patched(apps.release, { releaseName }, '--dry-run=server'), second);
  });

  test.each([
    ['flatlan-network', { releaseName: 'my-network' }],
    ['flatlan-network', { targetNamespace: 'default' }],
    ['old-name', { storageNamespace: 'default' }],
  ])('%s cannot turn away from it: %j', async (name, change) => {
    refused(await patched(name, change, '--dry-run=server'), target);
  });

  test.each(['flatlan-network', 'old-name', '--all'])('is not deleted: %s', async (name) => {
    refused(await onRelease('delete', name, '--dry-run=server'), uninstall);
  });

  test('may change otherwise, and a second one can be suspended and taken away', async () => {
    ok(await patched('flatlan-network', { interval: '5m' }));
    ok(await patched('old-name', { suspend: true }));
    ok(await onRelease('delete', 'old-name'));
    ok(await onRelease('delete', apps.release));
  });
});
