/**
 * The versions that this release is tested with, and those known to break.
 * Sources: facts in docs/architecture.md, "Versions"; each broken version names its upstream issue.
 */

export const tested = {
  kubernetes: '1.36',
  /** What was run of it. */
  kubernetesRelease: '1.36.3',
  /** Chart and images of one version; it brings operator v1.42.3. */
  calico: 'v3.32.1',
  metallb: '0.16.1',
} as const;

/** The versions that a plan asks for. */
export interface ChartVersions {
  readonly calico: string;
  readonly metallb: string;
}

export const testedCharts: ChartVersions = { calico: tested.calico, metallb: tested.metallb };

/** `33` of `v3.33.0`. */
export function calicoMinor(version: string): number {
  return Number(version.split('.')[1]);
}

/** Calico's native kinds, projectcalico.org/v3 served by the API server itself, came with v3.32. */
export const FIRST_NATIVE_CALICO = 32;

/** Minor versions of Calico that were tried before they were released: from what, and the operator of it. */
export const triedBranches: Readonly<Record<number, string>> = {
  33: 'its release branch of August 2026 with operator v1.44 was tried, not the release',
};

/** Version to what is wrong with it. */
export const broken: Readonly<Record<keyof ChartVersions, Readonly<Record<string, string>>>> = {
  calico: {
    'v3.32.0': 'server-side apply of BGPConfiguration fails in it (projectcalico/calico#12700)',
  },
  metallb: {
    '0.16.0': "its controller's health probes fail (metallb/metallb#3058)",
  },
};

/**
 * MetalLB versions whose controller reads its own pod when it starts, while their chart, without a speaker, gives it no
 * right to (metallb/metallb#3068). 0.15 does not ask; 0.16.2 brings the right.
 */
export const metallbWithoutOwnPod: ReadonlySet<string> = new Set(['0.16.0', '0.16.1']);

/** Calico's native CRDs need MutatingAdmissionPolicy, which Kubernetes serves as v1 from here on. */
export const FIRST_NATIVE_MINOR = 36;
