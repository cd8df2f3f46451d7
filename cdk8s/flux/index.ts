// Everything by which Flux delivers a cluster's layers from this repository. Pure: networks in, files out.
//
//   flux/sources/                        upstream's chart repositories, for every cluster
//   flux/clusters/<cluster>/flatlan/     a Kustomization a layer; `flux bootstrap --path=flux/clusters/<cluster>` reads them
//   flux/layers/<cluster>/<layer>/       what the layer's Kustomization applies: its HelmRelease
//   flux/secrets/<cluster>/              people's: the BGP password, encrypted
//
//   sources      operators ──> network ──────┐
//                    └───────> bgp-password ─┴──> apps
//
// No kustomization.yaml: Flux takes all files of a folder, and one of ours in the cluster's folder would, with pruning on,
// take Flux's own objects away. Depends on plan, the chart's names and the writer's file type.
import { apps, network as networkLayer, operators, type Layer } from '../helm/layers.ts';
import { FLUX_SOURCES, fluxKustomizations, fluxLayers, fluxSecrets } from '../paths.ts';
import type { Network, SecretKey } from '../plan/network/index.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { networkGate, operatorsGate, passwordGate, releaseGate } from './gates.ts';
import { kustomization, type KustomizationProps } from './kustomization.ts';
import { releaseNamespace } from './namespace.ts';
import { fluxFile, type FluxObject } from './object.ts';
import { PASSWORD, passwordReadme } from './password.ts';
import { releaseProtection } from './protection.ts';
import { helmRelease } from './release.ts';
import { chartRepositories } from './sources.ts';

/** What every cluster of the repository shares. */
export function fluxSources(): GeneratedFile[] {
  return [fluxFile(`${FLUX_SOURCES}/charts.yaml`, "Where upstream's charts come from.", chartRepositories())];
}

/** The Kustomizations of a cluster, in the order in which they become ready. */
export function kustomizationNames(network: Network): string[] {
  return steps(network).map(({ name }) => name);
}

export function fluxFiles(network: Network): GeneratedFile[] {
  const { cluster } = network;
  const password = network.bgp.passwordSecret;
  return [
    ...steps(network).map(({ file, comment, ...props }) =>
      fluxFile(`${fluxKustomizations(cluster)}/${file}.yaml`, comment, [kustomization(props)]),
    ),
    ...(password ? [passwordReadme(cluster, password)] : []),
    ...layerFiles(network),
  ];
}

/** A Kustomization and the file that it stands in. */
interface Step extends KustomizationProps {
  readonly file: string;
  readonly comment: string;
}

const sourcesStep: Step = {
  file: 'sources',
  comment: "Upstream's chart repositories.",
  name: 'flatlan-sources',
  folder: FLUX_SOURCES,
  carriesNetwork: false,
};

function passwordStep(cluster: string, password: SecretKey): Step {
  return {
    file: 'bgp-password',
    comment: 'Waits for the BGP password, which no plan holds.',
    name: PASSWORD,
    folder: fluxSecrets(cluster),
    after: [operators.release],
    gate: passwordGate(password),
    carriesNetwork: true,
    encrypted: true,
  };
}

function steps(network: Network): Step[] {
  const { cluster } = network;
  const step = (layer: Layer, props: Omit<Step, 'file' | 'comment' | 'name' | 'folder'>): Step => ({
    file: layer.name,
    comment: `Layer ${layer.name}: ${layer.purpose}.`,
    name: layer.release,
    folder: layerFolder(cluster, layer),
    ...props,
  });
  const password = network.bgp.passwordSecret ? [passwordStep(cluster, network.bgp.passwordSecret)] : [];
  return [
    sourcesStep,
    step(operators, { gate: operatorsGate(operators), carriesNetwork: true }),
    ...password,
    step(networkLayer, {
      after: [operators.release],
      gate: networkGate(networkLayer, network),
      carriesNetwork: true,
    }),
    ...(hasApps(network)
      ? [
          step(apps, {
            after: [networkLayer.release, ...password.map(({ name }) => name)],
            gate: releaseGate(apps),
            carriesNetwork: false,
          }),
        ]
      : []),
  ];
}

function hasApps({ apps: { homeAssistant } }: Network): boolean {
  return homeAssistant !== undefined;
}

function layerFolder(cluster: string, layer: Layer): string {
  return `${fluxLayers(cluster)}/${layer.name}`;
}

function layerFiles(network: Network): GeneratedFile[] {
  const { cluster } = network;
  const file = (layer: Layer, name: string, comment: string, objects: readonly FluxObject[]): GeneratedFile =>
    fluxFile(`${layerFolder(cluster, layer)}/${name}.yaml`, comment, objects);
  const release = (layer: Layer, after: readonly Layer[], carriesNetwork: boolean): GeneratedFile =>
    file(layer, 'release', `Installs ${layer.purpose}.`, [helmRelease({ cluster, layer, after, carriesNetwork })]);
  const carrying = [operators, networkLayer];
  return [
    file(operators, 'namespace', "The releases' namespace.", [releaseNamespace()]),
    file(operators, 'protection', 'Refuses the deletion of what carries the network.', releaseProtection(carrying)),
    release(operators, [], true),
    release(networkLayer, [operators], true),
    ...(hasApps(network) ? [release(apps, [networkLayer], false)] : []),
  ];
}
