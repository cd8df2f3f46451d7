/**
 * Upstream's chart repositories. source-controller takes a chart's dependencies from a HelmRepository with their address,
 * so its index is fetched once a day instead of at each commit, and credentials, a proxy's certificate or a longer timeout
 * have a place. It does not wait for them: dependencies that lie in charts/flatlan/charts are taken from there.
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
