/**
 * Upstream's chart repositories. source-controller fetches a chart's dependencies through the HelmRepository with the same
 * URL. So the index is fetched once a day instead of at each commit, and there is an object on which to set credentials, a
 * proxy's certificate or a longer timeout. It does not wait for them: dependencies in charts/flatlan/charts are used as is.
 */
import { HelmRepository, type HelmRepositorySpec } from '../../imports/source.toolkit.fluxcd.io.ts';
import { partOf } from '../constructs/labels.ts';
import { repositories } from '../helm/chart-metadata.ts';
import type { Plain } from '../plain.ts';
import { FLUX, type FluxObject } from './object.ts';

export function chartRepositories(): FluxObject[] {
  return Object.entries(repositories).map(([name, url]) => {
    const spec: Plain<HelmRepositorySpec> = { interval: '24h', timeout: '2m', url };
    return { ...HelmRepository.GVK, metadata: { name: `flatlan-${name}`, namespace: FLUX, labels: partOf }, spec };
  });
}
