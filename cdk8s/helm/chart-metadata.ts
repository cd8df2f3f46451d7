/**
 * Chart.yaml and Chart.lock of the umbrella. The lock is written without asking a repository: its digest covers only what
 * Chart.yaml asks for and what it resolves to (helm.sh/helm v3.22.0, internal/resolver/resolver.go, HashReq).
 */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { ChartVersions } from '../plan/versions.ts';
import { BANNER } from '../writer/index.ts';

/** The version of flatlan and of its charts. */
export const FLATLAN_VERSION = '0.1.0';
/** No repository and version 0.0.0: a subchart that lives in the umbrella's own folder and is never fetched. */
const LOCAL = { version: '0.0.0', repository: '' };

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
}

function dependencies(versions: ChartVersions): Dependency[] {
  return [
    {
      name: 'tigera-operator',
      version: versions.calico,
      repository: 'https://docs.tigera.io/calico/charts',
      condition: 'tigera-operator.enabled',
    },
    {
      name: 'metallb',
      version: versions.metallb,
      repository: 'https://metallb.github.io/metallb',
      condition: 'metallb.enabled',
    },
    { name: 'network', ...LOCAL, condition: 'network.enabled' },
  ];
}

const header = `# ${BANNER}: do not edit.\n`;

export function umbrellaChart(versions: ChartVersions): string {
  return (
    header +
    stringify({
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
  const asked = dependencies(versions);
  const locked = asked.map(({ name, version, repository }) => ({ name, version, repository }));
  return (
    header +
    stringify({
      dependencies: locked.map(({ name, version, repository }) => ({ name, repository, version })),
      digest: `sha256:${createHash('sha256')
        .update(goJson([asked, locked]))
        .digest('hex')}`,
      // Helm wants a time; a fixed one keeps the file the same at every run.
      generated: '2026-01-01T00:00:00Z',
    })
  );
}

/** As Go's encoding/json writes these structs: fields in this order, and <, > and & escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

export function networkChart(): string {
  return (
    header +
    stringify({
      apiVersion: 'v2',
      name: 'network',
      description: "Calico's and MetalLB's settings as a plan resolves them.",
      type: 'application',
      version: LOCAL.version,
    })
  );
}
