// All files with which Flux installs a cluster's layers from this repository. Pure: networks in, files out.
//
//   flux/sources/                        upstream's chart repositories, for every cluster
//   flux/clusters/<cluster>/flatlan/     a Kustomization for each layer, for `flux bootstrap --path=flux/clusters/<cluster>`
//   flux/layers/<cluster>/<layer>/       what the layer's Kustomization applies: its HelmRelease
//   flux/secrets/<cluster>/              written by hand: the BGP password, encrypted
//
//   sources      operators ──> network ──────┐
//                    └───────> bgp-password ─┴──> apps
//
// A plan without Calico has prerequisites in place of operators, and no password.
//
// No kustomization.yaml: without one, Flux applies all files of a folder. One of ours in the cluster's folder would
// leave out Flux's own objects, and pruning would then delete them. Depends on plan, the chart's names and the writer's
// file type.
import {
  carriesNetwork,
  firstLayer,
  layersBefore,
  layersIn,
  network as networkLayer,
  operators,
  type Layer,
} from '../helm/layers.ts';
import { FLUX_SOURCES, fluxKustomizations, fluxLayers, fluxSecrets } from '../paths.ts';
import type { Network, SecretKey } from '../plan/network/index.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { layerGate, passwordGate } from './gates.ts';
import { kustomization, type KustomizationProps } from './kustomization.ts';
import { releaseNamespace } from './namespace.ts';
import { fluxFile } from './object.ts';
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
  const password = network.bgp?.passwordSecret;
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
  const secret = network.bgp?.passwordSecret;
  const password = secret ? [passwordStep(network.cluster, secret)] : [];
  const passwordNames = password.map(({ name }) => name);
  return [
    sourcesStep,
    ...layersIn(network).flatMap((layer) => [
      // What waits for the network waits for its password too.
      layerStep(layer, network, layer.after.includes(networkLayer) ? passwordNames : []),
      ...(layer === operators ? password : []),
    ]),
  ];
}

function layerStep(layer: Layer, network: Network, alsoAfter: readonly string[]): Step {
  const { name, release, purpose, carriesNetwork } = layer;
  return {
    file: name,
    comment: `Layer ${name}: ${purpose}.`,
    name: release,
    folder: layerFolder(network.cluster, layer),
    after: [...layersBefore(layer, network).map((one) => one.release), ...alsoAfter],
    gate: layerGate(layer, network),
    carriesNetwork,
  };
}

function layerFolder(cluster: string, layer: Layer): string {
  return `${fluxLayers(cluster)}/${layer.name}`;
}

function layerFiles(network: Network): GeneratedFile[] {
  const { cluster } = network;
  const first = layerFolder(cluster, firstLayer(network));
  const carrying = layersIn(network).filter(carriesNetwork);
  return [
    fluxFile(`${first}/namespace.yaml`, "The releases' namespace.", [releaseNamespace()]),
    fluxFile(
      `${first}/protection.yaml`,
      'Refuses the deletion of what carries the network.',
      releaseProtection(carrying),
    ),
    ...layersIn(network).map((layer) =>
      fluxFile(`${layerFolder(cluster, layer)}/release.yaml`, `Installs ${layer.purpose}.`, [
        helmRelease(network, layer),
      ]),
    ),
  ];
}
