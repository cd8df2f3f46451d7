/**
 * Chart.yaml and Chart.lock of the umbrella. The lock is written without asking a repository: its digest covers only what
 * Chart.yaml asks for and what it resolves to (helm.sh/helm v3.22.0, internal/resolver/resolver.go, HashReq).
 */
import { createHash } from 'node:crypto';
import { DO_NOT_EDIT } from '../banner.ts';
import { goJsonOfStruct } from '../go-json.ts';
import type { ChartVersions } from '../plan/versions.ts';
import { FLATLAN_VERSION } from '../version.ts';
import { yamlText } from '../yaml-text.ts';
import { subcharts, type Subchart } from './subcharts.ts';

/** No repository and version 0.0.0: a subchart that lives in the umbrella's own folder and is never fetched. */
const LOCAL = { version: '0.0.0', repository: '' };

/** Where upstream's charts are, by the name under which `helm repo add` knows it. */
export const repositories = {
  projectcalico: 'https://docs.tigera.io/calico/charts',
  metallb: 'https://metallb.github.io/metallb',
} as const;

export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
}

export function dependencies(versions: ChartVersions): Dependency[] {
  return [
    {
      name: 'tigera-operator',
      version: versions.calico,
      repository: repositories.projectcalico,
      condition: 'tigera-operator.enabled',
    },
    {
      name: 'metallb',
      version: versions.metallb,
      repository: repositories.metallb,
      condition: 'metallb.enabled',
    },
    ...subcharts.map(({ name }) => ({ name, ...LOCAL, condition: `${name}.enabled` })),
  ];
}

const header = `# ${DO_NOT_EDIT}\n`;

export function umbrellaChart(versions: ChartVersions): string {
  return (
    header +
    yamlText({
      apiVersion: 'v2',
      name: 'flatlan',
      description: 'A Kubernetes network without overlays: Calico over BGP, MetalLB for addresses, from one plan.',
      type: 'application',
      version: FLATLAN_VERSION,
      appVersion: FLATLAN_VERSION,
      // No kubeVersion: an old Helm renders as an old cluster. templates/guards.yaml looks at the real one.
      annotations: { licenses: 'Apache-2.0' },
      dependencies: dependencies(versions),
    })
  );
}

export function umbrellaLock(versions: ChartVersions): string {
  return header + lockText(dependencies(versions));
}

/** Chart.lock of a chart whose versions are all exact: what is asked is what it resolves to. */
export function lockText(asked: readonly Dependency[]): string {
  const locked = asked.map(({ name, version, repository }) => ({ name, version, repository }));
  return yamlText({
    dependencies: locked.map(({ name, version, repository }) => ({ name, repository, version })),
    digest: `sha256:${createHash('sha256')
      .update(goJsonOfStruct([asked, locked]))
      .digest('hex')}`,
    // Helm wants a time; a fixed one keeps the file the same at every run.
    generated: '2026-01-01T00:00:00Z',
  });
}

export function subchartMetadata({ name, description }: Subchart): string {
  return header + yamlText({ apiVersion: 'v2', name, description, type: 'application', version: LOCAL.version });
}
