// Everything by which Flux delivers a cluster's layers from this repository. Pure: networks in, files out.
//
//   flux/sources/                        upstream's chart repositories, for every cluster
//   flux/clusters/<cluster>/flatlan/     a Kustomization a layer; `flux bootstrap --path=flux/clusters/<cluster>` reads them
//   flux/layers/<cluster>/<layer>/       what the layer's Kustomization applies: its HelmRelease
//   flux/secrets/<cluster>/              people's: the BGP password, encrypted
//
//   sources      operators ──> network ──────┐
//                    └───────> bgp-password ─┴──> (apps)
//
// No kustomization.yaml: Flux takes all files of a folder, and one of ours in the cluster's folder would, with pruning on,
// take Flux's own objects away. Depends on plan, the chart's names and the writer's file type.
import { network as networkLayer, operators, type Layer } from '../helm/layers.ts';
import type { Network } from '../plan/network.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { networkGate, operatorsGate, passwordGate } from './gates.ts';
import { kustomization } from './kustomization.ts';
import { releaseNamespace } from './namespace.ts';
import { fluxFile, type FluxObject } from './object.ts';
import { passwordFolder, passwordReadme } from './password.ts';
import { releaseProtection } from './protection.ts';
import { helmRelease } from './release.ts';
import { chartRepositories } from './sources.ts';

const SOURCES = 'flux/sources';
const PASSWORD = 'flatlan-bgp-password';

export interface FluxFiles {
  readonly files: readonly GeneratedFile[];
  /** The folders that belong to flatlan. */
  readonly owned: readonly string[];
}

/** What every cluster of the repository shares. */
export function fluxSources(): FluxFiles {
  return {
    files: [fluxFile(`${SOURCES}/charts.yaml`, "Where upstream's charts come from.", chartRepositories())],
    owned: [SOURCES],
  };
}

export function fluxFiles(network: Network): FluxFiles {
  const { cluster } = network;
  const folder = `flux/clusters/${cluster}/flatlan`;
  const password = network.bgp.passwordSecret;
  const file = (name: string, comment: string, objects: readonly FluxObject[]): GeneratedFile =>
    fluxFile(`${folder}/${name}.yaml`, comment, objects);
  return {
    files: [
      file('sources', "Upstream's chart repositories.", [
        kustomization({ name: 'flatlan-sources', folder: SOURCES, carriesNetwork: false }),
      ]),
      file('operators', `Layer operators: ${operators.purpose}.`, [operatorsKustomization(cluster)]),
      file('network', `Layer network: ${networkLayer.purpose}.`, [networkKustomization(cluster)]),
      ...(password
        ? [
            file('bgp-password', 'Waits for the BGP password, which no plan holds.', [
              kustomization({
                name: PASSWORD,
                folder: passwordFolder(cluster),
                after: [operators.release],
                gate: passwordGate(password),
                carriesNetwork: true,
                encrypted: true,
              }),
            ]),
            passwordReadme(cluster, password),
          ]
        : []),
      ...layerFiles(cluster),
    ],
    owned: [folder, `flux/layers/${cluster}`],
  };
}

function layerFolder(cluster: string, layer: Layer): string {
  return `flux/layers/${cluster}/${layer.name}`;
}

function operatorsKustomization(cluster: string): FluxObject {
  return kustomization({
    name: operators.release,
    folder: layerFolder(cluster, operators),
    gate: operatorsGate(operators),
    carriesNetwork: true,
  });
}

function networkKustomization(cluster: string): FluxObject {
  return kustomization({
    name: networkLayer.release,
    folder: layerFolder(cluster, networkLayer),
    after: [operators.release],
    gate: networkGate(networkLayer),
    carriesNetwork: true,
  });
}

function layerFiles(cluster: string): GeneratedFile[] {
  const values = [`overlays/${cluster}/generated/values.yaml`];
  return [
    fluxFile(`${layerFolder(cluster, operators)}/namespace.yaml`, "The releases' namespace.", [releaseNamespace()]),
    fluxFile(
      `${layerFolder(cluster, operators)}/protection.yaml`,
      'Refuses the deletion of what carries the network.',
      releaseProtection([operators, networkLayer]),
    ),
    fluxFile(`${layerFolder(cluster, operators)}/release.yaml`, `Installs ${operators.purpose}.`, [
      helmRelease({ layer: operators, values, after: [], carriesNetwork: true }),
    ]),
    fluxFile(`${layerFolder(cluster, networkLayer)}/release.yaml`, `Installs ${networkLayer.purpose}.`, [
      helmRelease({ layer: networkLayer, values, after: [operators], carriesNetwork: true }),
    ]),
  ];
}
