/**
 * Hybrid's three releases by hand, by both Helms: what each waits for, what it brings, what stays when it goes. The operator
 * and MetalLB's chart are played by the test where it makes their kinds; nothing runs a pod here.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ATTACHMENT_CRD } from '../../cdk8s/constructs/release/attachment-crd.ts';
import { apps, NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { planWith } from '../plans/fixtures.ts';
import { NotYet, waitFor } from './http.ts';
import { allObjects, nothing, Watch, withoutReleases } from './objects.ts';
import { ok, planClusterValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { attachmentCrd, describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

const values = planClusterValues('hybrid');
const changed = (from: string, to: string) => clusterValues(planWith('hybrid', from, to));
/** The attachment in a namespace of which the cluster does not know yet. */
const inTheGarden = changed('namespace: default, network: lan', 'namespace: garden, network: lan');
const HOME = 'smarthome';
const kind = `customresourcedefinitions.apiextensions.k8s.io ${ATTACHMENT_CRD}`;
const attachment = `${ATTACHMENT_CRD} default/layer2-bridge`;
const claim = `persistentvolumeclaims ${HOME}/home-assistant`;
const homeAssistant = [`deployments.apps ${HOME}/home-assistant`, `services ${HOME}/home-assistant`];
const operatorsFirst = (of: string, namespace: string) =>
  `there is no namespace ${namespace} for ${of}: upgrade flatlan-operators with -f layers/operators.yaml and these values, which creates it`;
const attachmentFirst =
  'the attachment default/layer2-bridge does not exist yet: install flatlan-network with -f layers/network.yaml and these values first';
const ofCalico = [operators, network, apps];
const kindsFirst = `the CRDs of the network are not installed yet (${ATTACHMENT_CRD}): install flatlan-operators with -f layers/operators.yaml and wait until the operator has run, about a minute`;

describeOnCluster(['helm3', 'helm4'], 'hybrid by hand', () => {
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;
    let watch: Watch;

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      watch = await Watch.begin(() => allObjects(umbrella.cluster));
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const since = () => watch.since(withoutReleases);
    const install = (layer: Layer, given = values) => umbrella.install(layer, ...umbrella.flags(layer, given));
    const upgrade = (layer: Layer, given = values) => umbrella.upgrade(layer, ...umbrella.flags(layer, given));
    const refused = async (layer: Layer, given = values) => refusal(await install(layer, given));

    // Each test is the next step.
    test('applications before their namespace are refused', async () => {
      expect(await refused(apps)).toBe(operatorsFirst('Home Assistant', HOME));
      expect(await since()).toEqual(nothing);
    });

    test('the operators bring namespaces and the kind of attachments', async () => {
      ok(await install(operators));
      expect((await since()).created).toEqual(expect.arrayContaining([kind, `namespaces ${HOME}`]));
      expect(watch.last.get(`namespaces ${HOME}`)?.metadata.annotations).toMatchObject({
        'meta.helm.sh/release-name': operators.release,
      });
    });

    test('applications before their attachment are refused', async () => {
      expect(await refused(apps)).toBe(attachmentFirst);
      expect(await since()).toEqual(nothing);
    });

    test('attachments before their kind or namespace are refused', async () => {
      await operatorHasRun(umbrella.cluster);
      // What keeps the kind has to go first; a policy without its binding goes on denying for up to a second.
      const binding = ['validatingadmissionpolicybinding', `${operators.release}-keep`];
      ok(await umbrella.cluster.kubectl(['delete', ...binding]));
      await waitFor('the kind may go', 20_000, async () => {
        const { code, stderr } = await umbrella.cluster.kubectl(['delete', 'crd', ATTACHMENT_CRD, '--wait']);
        return code === 0 || new NotYet(stderr);
      });
      await since();
      expect(await refused(network)).toBe(kindsFirst);
      expect(await refused(apps)).toBe(attachmentFirst);
      expect(await since()).toEqual(nothing);
      ok(await upgrade(operators));
      expect(await since()).toMatchObject({ created: expect.arrayContaining([kind]) as unknown, removed: [] });
      const established = ['--for=condition=Established', '--timeout=30s'];
      ok(await umbrella.cluster.kubectl(['wait', 'crd', ATTACHMENT_CRD, ...established]));
      await since();
      expect(await refused(network, inTheGarden)).toBe(operatorsFirst('attachment layer2-bridge', 'garden'));
      expect(await since()).toEqual(nothing);
    });

    test('the network brings Multus and the attachments, and who may use them', async () => {
      const { stdout } = ok(await install(network));
      const { created, ...others } = await since();
      expect(others).toEqual({ removed: [], written: [] });
      expect(created).toEqual(
        expect.arrayContaining([
          attachment,
          ...['flatlan-attachments', 'flatlan-multus'].flatMap((name) => [
            `daemonsets.apps ${NAMESPACE}/${name}`,
            `serviceaccounts ${NAMESPACE}/${name}`,
          ]),
          'validatingadmissionpolicies.admissionregistration.k8s.io flatlan-attachments',
          'validatingadmissionpolicybindings.admissionregistration.k8s.io flatlan-attachments',
        ]),
      );
      expect(stdout).toContain(`helm install ${apps.release}`);
    });

    test('then applications install', async () => {
      const { stdout } = ok(await install(apps));
      expect(await since()).toEqual({ ...nothing, created: [...homeAssistant, claim].sort() });
      expect(stdout).toContain(`kubectl rollout status deployment/home-assistant --namespace ${HOME}`);
      expect(watch.last.get(homeAssistant[0] ?? '')?.spec).toMatchObject({
        template: { metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'default/layer2-bridge' } } },
      });
    });

    test('the same again writes nothing at all', async () => {
      const contentOf = (key: string) => {
        const { metadata, ...rest } = watch.last.get(key) ?? { metadata: {} };
        return { ...rest, metadata: { ...metadata, resourceVersion: undefined } };
      };
      const before = contentOf(claim);
      for (const layer of ofCalico) ok(await upgrade(layer));
      // The first apply after a claim's creation stores it anew, with the same content: kube-apiserver's doing, once.
      expect(await since()).toEqual({ ...nothing, written: version === 4 ? [claim] : [] });
      expect(contentOf(claim)).toEqual(before);
      for (const layer of ofCalico) ok(await upgrade(layer));
      expect(await since()).toEqual(nothing);
    });

    test('a smaller MTU of the LAN writes the attachment and what the agent reads', async () => {
      const smaller = changed('clients: true', 'clients: true\n    mtu: 1400');
      for (const layer of ofCalico) ok(await upgrade(layer, smaller));
      expect(await since()).toEqual({
        ...nothing,
        // No DaemonSet: the agent reads its settings again when they change.
        written: [`configmaps ${NAMESPACE}/flatlan-attachments`, attachment],
      });
      ok(await upgrade(network));
      await since();
    });

    test('applications go without their volume, and find it again', async () => {
      ok(await umbrella.onRelease('uninstall', apps));
      expect(await since()).toEqual({ ...nothing, removed: homeAssistant });
      ok(await install(apps));
      expect(await since()).toMatchObject({ created: homeAssistant, removed: [] });
      expect(watch.last.has(claim)).toBe(true);
    });

    test('the operators go without the namespaces of applications', async () => {
      const allowed = ['--reuse-values', '--set', 'global.allowUninstall=true'];
      for (const layer of [network, operators]) {
        ok(await umbrella.upgrade(layer, ...allowed));
        ok(await umbrella.onRelease('uninstall', layer));
      }
      const { removed } = await since();
      expect(removed).toContain(attachment);
      for (const stays of [kind, `namespaces ${HOME}`, claim, ...homeAssistant])
        expect(watch.last.has(stays)).toBe(true);
    });
  });

  test.each([3, 4] as const)('what others made is used and not taken over, by Helm %i', async (version) => {
    const umbrella = await startUmbrella(version);
    const { cluster } = umbrella;
    try {
      await operatorHasRun(cluster);
      await attachmentCrd(cluster);
      ok(await cluster.kubectl(['create', 'namespace', HOME]));
      const watch = await Watch.begin(() => allObjects(cluster));
      for (const layer of ofCalico) ok(await umbrella.install(layer, ...umbrella.flags(layer, values)));
      for (const layer of ofCalico) ok(await umbrella.upgrade(layer, ...umbrella.flags(layer, values)));
      const { created, ...others } = await watch.since();
      expect(others).toEqual({ removed: [], written: [] });
      expect(created).toEqual(expect.arrayContaining([attachment, claim, ...homeAssistant]));
    } finally {
      await cluster.stop();
    }
  });
});
