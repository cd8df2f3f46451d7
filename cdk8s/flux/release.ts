/**
 * A layer's HelmRelease: the same chart, name, namespace and values as a person gives to Helm (charts/flatlan/README.md),
 * so that Flux takes over what Helm installed, and the other way round.
 *
 * It stands in Flux's namespace and not in the release's, so that who removes that namespace does not uninstall a network.
 */
import { HelmRelease, type HelmReleaseSpec } from '../../imports/helm.toolkit.fluxcd.io.ts';
import { partOf } from '../constructs/labels.ts';
import { layerPath, NAMESPACE, type Layer } from '../helm/layers.ts';
import type { Plain } from '../plain.ts';
import { CHART_FOLDER, generatedValues, ownValues } from '../paths.ts';
import { FLUX, neverPruned, repository, type FluxObject } from './object.ts';

export function helmRelease(cluster: string, layer: Layer): FluxObject {
  const { after, carriesNetwork } = layer;
  // Flux's other strategy undoes a failed install by an uninstall.
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
        // The other strategy looks at the version in Chart.yaml, which a change of values does not touch.
        reconcileStrategy: 'Revision',
        interval: '10m',
        valuesFiles: [
          `${CHART_FOLDER}/values.yaml`,
          `${CHART_FOLDER}/${layerPath(layer)}`,
          generatedValues(cluster),
          ownValues(cluster),
        ],
        // A person's own file need not be there. The flag counts for all four (fluxcd/source-controller v1.9.1,
        // internal/helm/chart/builder_local.go, mergeFileValues): without the first no chart is made, and the chart's
        // guards miss the layer and, by the name below, the plan's values.
        ignoreMissingValuesFiles: true,
      },
    },
    values: { global: { cluster } },
    ...(after.length > 0 ? { dependsOn: after.map(({ release }) => ({ name: release })) } : {}),
    maxHistory: 5,
    timeout: '5m',
    install: { ...wait, strategy },
    // By default another chart name is an uninstall and an install.
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
