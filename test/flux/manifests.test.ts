/** What Flux is given, as data: who waits for whom, what protects the network, and that nothing of it is substituted. */
import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { operatorsCrds } from '../../cdk8s/constructs/release/needed-crds.ts';
import { fluxFiles, fluxSources } from '../../cdk8s/flux/index.ts';
import { umbrellaChart } from '../../cdk8s/helm/chart-metadata.ts';
import { layersIn } from '../../cdk8s/helm/layers.ts';
import { ownedFolders } from '../../cdk8s/paths.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { synthesize } from '../../cdk8s/synth.ts';
import { isOurs, type GeneratedFile } from '../../cdk8s/writer/index.ts';
import { manifestsIn, type Manifest } from '../helm/manifests.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';

const repository = resolve(import.meta.dirname, '../..');
const network = planNetwork('hybrid');
const files = [...fluxSources(), ...fluxFiles(network)];

interface WithSpec extends Manifest {
  readonly spec: Readonly<Record<string, unknown>>;
}

function objectsOf(generated: readonly GeneratedFile[], kind: string): WithSpec[] {
  return generated
    .filter(({ path }) => path.endsWith('.yaml'))
    .flatMap(({ content }) => manifestsIn(content))
    .filter((object): object is WithSpec => object.kind === kind);
}

const kustomizations = objectsOf(files, 'Kustomization');
const releases = objectsOf(files, 'HelmRelease');

describe('layers', () => {
  test('follow each other', () => {
    const order = kustomizations.map(({ metadata, spec }) => [
      metadata.name,
      ((spec.dependsOn ?? []) as { name: string }[]).map(({ name }) => name),
    ]);
    expect(Object.fromEntries(order)).toEqual({
      'flatlan-sources': [],
      'flatlan-operators': [],
      'flatlan-network': ['flatlan-operators'],
      'flatlan-bgp-password': ['flatlan-operators'],
      'flatlan-apps': ['flatlan-network', 'flatlan-bgp-password'],
    });
  });

  test('are the releases that Helm users have', () => {
    expect(releases.map(({ spec }) => spec.releaseName)).toEqual(layersIn(network).map(({ release }) => release));
    for (const { metadata, spec } of releases)
      expect({ name: spec.releaseName, target: spec.targetNamespace, storage: spec.storageNamespace }).toEqual({
        name: metadata.name,
        target: 'flatlan-system',
        storage: 'flatlan-system',
      });
  });

  test('a plan without applications has no layer for them', () => {
    const paths = fluxFiles(planNetwork('flat-bgp')).map(({ path }) => path);
    expect(paths.filter((path) => path.includes('apps'))).toEqual([]);
    expect(paths).toContain('flux/clusters/flat-bgp/flatlan/network.yaml');
  });

  test('begin when the one before is in order', () => {
    const gateOf = (name: string): string[] => {
      const layer = kustomizations.find(({ metadata }) => metadata.name === name);
      return (layer?.spec.healthChecks as { kind: string; name: string }[]).map(
        (check) => `${check.kind} ${check.name}`,
      );
    };
    // The last one is what the next gate reads: Flux asks for a kind that is not there with an error.
    expect(gateOf('flatlan-operators')).toEqual([
      'HelmRelease flatlan-operators',
      'Deployment tigera-operator',
      ...operatorsCrds.map((name) => `CustomResourceDefinition ${name}`),
      'CustomResourceDefinition tigerastatuses.operator.tigera.io',
    ]);
    expect(gateOf('flatlan-network')).toEqual([
      ...['HelmRelease flatlan-network', 'TigeraStatus calico', 'TigeraStatus ippools', 'DaemonSet calico-node'],
      ...['DaemonSet flatlan-multus', 'DaemonSet flatlan-attachments', 'Deployment metallb-controller'],
    ]);
    expect(gateOf('flatlan-bgp-password')).toEqual(['Secret flatlan-bgp-password']);
    expect(gateOf('flatlan-apps')).toEqual(['HelmRelease flatlan-apps']);
  });

  test('Calico counts as in order where it is available and not degraded', () => {
    const [layer] = kustomizations.filter(({ metadata }) => metadata.name === 'flatlan-network');
    const is = (type: string): string => `status.conditions.exists(c, c.type == '${type}' && c.status == 'True')`;
    expect(layer?.spec.healthCheckExprs).toEqual([
      {
        apiVersion: 'operator.tigera.io/v1',
        kind: 'TigeraStatus',
        current: `${is('Available')} && !${is('Degraded')}`,
      },
    ]);
  });

  test('the network waits for the attachments of a plan that has some', () => {
    const waitsFor = (plan: Network): unknown[] => {
      const [layer] = objectsOf(fluxFiles(plan), 'Kustomization').filter(({ metadata }) => {
        return metadata.name === 'flatlan-network';
      });
      return (layer?.spec.healthChecks as { kind: string; name: string }[])
        .filter(({ kind }) => kind === 'DaemonSet')
        .map(({ name }) => name);
    };
    expect(waitsFor(network)).toEqual(['calico-node', 'flatlan-multus', 'flatlan-attachments']);
    expect(waitsFor(planNetwork('flat-bgp'))).toEqual(['calico-node']);
  });

  test('a plan without a password has nothing that waits for one', () => {
    const without: Network = { ...network, bgp: { ...network.bgp, passwordSecret: undefined } };
    const paths = fluxFiles(without).map(({ path }) => path);
    expect(paths.filter((path) => /password|secrets/.test(path))).toEqual([]);
  });
});

describe('every path in a manifest is there', () => {
  const all = synthesize([network]).files.map(({ path }) => path);

  test.each(kustomizations.map(({ metadata, spec }) => [metadata.name, spec.path as string]))(
    '%s: %s',
    (_name, path) => {
      const folder = path.replace(/^\.\//, '');
      expect(all.filter((file) => file.startsWith(`${folder}/`))).not.toEqual([]);
    },
  );

  test.each(releases.map((release) => [release.metadata.name, release] as const))('%s', (_name, { spec }) => {
    const { chart, valuesFiles, ignoreMissingValuesFiles } = (
      spec.chart as { spec: { chart: string; valuesFiles: string[]; ignoreMissingValuesFiles: boolean } }
    ).spec;
    expect(all).toContain(`${chart.replace(/^\.\//, '')}/Chart.yaml`);
    expect(valuesFiles[0]).toBe('charts/flatlan/values.yaml');
    // A person's own is the last, and need not be there; the others are, and are missed by the cluster's name.
    expect(valuesFiles.at(-1)).toBe('overlays/hybrid/values.yaml');
    expect(ignoreMissingValuesFiles).toBe(true);
    expect(spec.values).toEqual({ global: { cluster: 'hybrid' } });
    expect(all).not.toContain(valuesFiles.at(-1));
    for (const file of valuesFiles.slice(0, -1)) {
      expect(all).toContain(file);
      expect([file, existsSync(join(repository, file))]).toEqual([file, true]);
    }
  });
});

describe('what carries the network', () => {
  const names = ['flatlan-operators', 'flatlan-bgp-password', 'flatlan-network'];
  const carrying = [...kustomizations, ...releases].filter(({ metadata }) => names.includes(metadata.name));

  test.each(carrying.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    '%s is never pruned',
    (_title, { metadata }) => {
      expect(metadata.annotations).toEqual({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
    },
  );

  test('stays when its Kustomization goes', () => {
    for (const { metadata, spec } of kustomizations.filter((one) => carrying.includes(one)))
      expect([metadata.name, spec.prune, spec.deletionPolicy]).toEqual([metadata.name, false, 'Orphan']);
  });

  test('is applied anew every ten minutes, and so is what protects it', () => {
    for (const { metadata, spec } of [...kustomizations, ...releases].filter((one) => carrying.includes(one)))
      expect([metadata.name, spec.interval]).toEqual([metadata.name, '10m']);
  });

  test('is never uninstalled as a remedy, nor for another chart name', () => {
    for (const { spec } of releases.filter((one) => carrying.includes(one))) {
      expect(spec.install).toEqual({ disableWait: true, strategy: { name: 'RetryOnFailure', retryInterval: '1m' } });
      expect(spec.upgrade).toMatchObject({
        strategy: { name: 'RetryOnFailure' },
        chartNameChangeStrategy: 'InPlaceUpdate',
      });
      expect(spec).not.toHaveProperty('rollback');
    }
  });

  test('applications go with the plan that has no more of them', () => {
    const [layer] = kustomizations.filter(({ metadata }) => metadata.name === 'flatlan-apps');
    expect(layer?.metadata.annotations).toBeUndefined();
    expect(layer?.spec).toMatchObject({ prune: true });
    expect(layer?.spec).not.toHaveProperty('deletionPolicy');
  });
});

test("upstream's repositories are those of Chart.yaml, letter by letter: source-controller matches them so", () => {
  const [chart] = manifestsIn(umbrellaChart(testedCharts)) as unknown as { dependencies: { repository: string }[] }[];
  const asked = chart?.dependencies.map(({ repository }) => repository).filter((url) => url.startsWith('https:'));
  expect(objectsOf(files, 'HelmRepository').map(({ spec }) => spec.url)).toEqual(asked);
});

describe('Flux finds nothing to substitute, and nothing of ours where its own objects are', () => {
  const clusters = [
    network,
    planNetwork('hybrid'),
    planNetwork('multi-site'),
    planNetwork('same-subnet'),
    ...randomPlans(50, 7).map((plan) => plan.network),
  ];
  const generated = clusters.flatMap((cluster) => fluxFiles(cluster));

  test('no file holds an opening of a variable', () => {
    expect(generated.filter(({ content }) => content.includes('${')).map(({ path }) => path)).toEqual([]);
  });

  test('no kustomization.yaml, which would stand for all files of its folder', () => {
    expect(generated.filter(({ path }) => /kustomization\.ya?ml$/i.test(path))).toEqual([]);
  });

  test('every file says who made it', () => {
    expect(generated.filter(({ content }) => !isOurs(content)).map(({ path }) => path)).toEqual([]);
  });

  test('no owned folder holds what people or Flux put there', () => {
    for (const { cluster } of clusters)
      for (const owned of ownedFolders([cluster]))
        for (const theirs of [`flux/clusters/${cluster}/flux-system`, `flux/secrets/${cluster}`])
          expect(`${theirs}/`.startsWith(`${owned}/`)).toBe(false);
  });
});
