/**
 * The versions that this release is tested with, and those known to break.
 * Sources: facts in docs/architecture.md, "Versions"; each broken version names its upstream issue.
 */

export const tested = {
  kubernetes: '1.36',
  /** The release that was tested. */
  kubernetesRelease: '1.36.3',
  /** Chart and images of one version; it brings operator v1.42.3. */
  calico: 'v3.32.1',
  metallb: '0.16.1',
} as const;

/** The chart versions of a plan. */
export interface ChartVersions {
  readonly calico: string;
  readonly metallb: string;
}

export const testedCharts: ChartVersions = { calico: tested.calico, metallb: tested.metallb };

/** `33` of `v3.33.0`. */
export function calicoMinor(version: string): number {
  return Number(version.split('.')[1]);
}

/** Calico's native CRDs (projectcalico.org/v3, served by the API server itself) exist since v3.32. */
export const FIRST_NATIVE_CALICO = 32;

/** Minor versions of Calico that were tested before their release: which branch, and with which operator. */
export const triedBranches: Readonly<Record<number, string>> = {
  33: 'its release branch of August 2026 with operator v1.44 was tested, not the release',
};

/** Version to the reason why it does not work. */
export const broken: Readonly<Record<keyof ChartVersions, Readonly<Record<string, string>>>> = {
  calico: {
    'v3.32.0': 'server-side apply of BGPConfiguration fails (projectcalico/calico#12700)',
  },
  metallb: {
    '0.16.0': 'the health probes of its controller fail (metallb/metallb#3058)',
  },
};

/**
 * MetalLB versions whose controller reads its own pod at start, while their chart, without a speaker, does not permit it
 * (metallb/metallb#3068). 0.15 does not read it; the chart of 0.16.2 permits it.
 */
export const metallbWithoutOwnPod: ReadonlySet<string> = new Set(['0.16.0', '0.16.1']);

/** MetalLB is configured by custom resources since v0.13; before, by a ConfigMap (metallb release notes, 0.13.2). */
export const FIRST_METALLB_WITH_CRDS = 13;

/** Every layer has a ValidatingAdmissionPolicy, which Kubernetes serves as v1 from here on (kubernetes.io, release notes of 1.30). */
export const FIRST_MINOR = 30;

/** Calico's native CRDs need MutatingAdmissionPolicy, which Kubernetes serves as v1 from here on. */
export const FIRST_NATIVE_MINOR = 36;
