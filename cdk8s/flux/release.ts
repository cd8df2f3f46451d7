/**
 * A layer's HelmRelease: the same chart, name, namespace and values as in the Helm commands of charts/flatlan/README.md,
 * so that Flux can take over what Helm installed, and vice versa.
 *
 * It is in Flux's namespace, not the release's: deleting the release's namespace must not uninstall the network.
 */
import { HelmRelease, type HelmReleaseSpec } from '../../imports/helm.toolkit.fluxcd.io.ts';
import { partOf } from '../constructs/labels.ts';
import { layerPath, layersBefore, NAMESPACE, type Layer } from '../helm/layers.ts';
import type { Plain } from '../plain.ts';
import type { Network } from '../plan/network/index.ts';
import { CHART_FOLDER, generatedValues, ownValues } from '../paths.ts';
import { FLUX, neverPruned, repository, type FluxObject } from './object.ts';

export function helmRelease(network: Network, layer: Layer): FluxObject {
  const { cluster } = network;
  const { carriesNetwork } = layer;
  const after = layersBefore(layer, network);
  // Flux's other strategy uninstalls a release whose install failed.
  const strategy = { name: 'RetryOnFailure', retryInterval: '1m' } as const;
  // calico-node waits for the router and MetalLB for the network; the Kustomization's gate waits for both.
  const wait = carriesNetwork ? { disableWait: true } : {};
  const spec: Plain<HelmReleaseSpec> = {
    interval: '10m',
    releaseName: layer.release,
    targetNamespace: NAMESPACE,
    storageNamespace: NAMESPACE,
    chart: {
      spec: {
        chart: `./${CHART_FOLDER}`,
        sourceRef: { ...repository, namespace: FLUX },
        // The other strategy goes by the version in Chart.yaml, which does not change with the values.
        reconcileStrategy: 'Revision',
        interval: '10m',
        valuesFiles: [
          `${CHART_FOLDER}/values.yaml`,
          `${CHART_FOLDER}/${layerPath(layer)}`,
          generatedValues(cluster),
          ownValues(cluster),
        ],
        // The user's own file is optional. The flag applies to all four (fluxcd/source-controller v1.9.1,
        // internal/helm/chart/builder_local.go, mergeFileValues), but the others are still required: without the first no
        // chart is built, and the chart's guards refuse a missing layer and, by the name below, missing plan values.
        ignoreMissingValuesFiles: true,
      },
    },
    values: { global: { cluster } },
    ...(after.length > 0 ? { dependsOn: after.map(({ release }) => ({ name: release })) } : {}),
    maxHistory: 5,
    timeout: '5m',
    install: { ...wait, strategy },
    // By default a change of the chart's name is an uninstall followed by an install.
    upgrade: { ...wait, strategy, chartNameChangeStrategy: 'InPlaceUpdate' },
    driftDetection: { mode: 'enabled' },
  };
  return {
    ...HelmRelease.GVK,
    metadata: {
      name: layer.release,
      namespace: FLUX,
      labels: partOf,
      ...(carriesNetwork ? { annotations: neverPruned } : {}),
    },
    spec,
  };
}
