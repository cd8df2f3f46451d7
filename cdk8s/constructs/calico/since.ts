/**
 * Fields that a later Calico adds to the objects in which every field has to be set: its operator writes them back, or its
 * CRDs have a default for them. The CRDs of earlier versions don't have these fields, and strict validation refuses them.
 */
import { calicoMinor } from '../../plan/versions.ts';

export interface Additions {
  /** Fields of the Installation's spec, of its `cni`, and of the FelixConfiguration's spec. */
  readonly installation: Readonly<Record<string, string>>;
  readonly cni: Readonly<Record<string, string>>;
  readonly felix: Readonly<Record<string, string>>;
}

/**
 * By minor version. v3.33: tigera/operator release-v1.44, core_controller.go, fillDefaults, and the defaults in the schemas of
 * Installation and FelixConfiguration (docs/facts.md#what-calico-333-adds).
 */
const additions: Readonly<Record<number, Additions>> = {
  33: {
    installation: { calicoRunHostPath: '/var/run/calico', calicoLibHostPath: '/var/lib/calico' },
    cni: { specVersion: 'Auto', installMode: 'All' },
    felix: { nftablesFlowTableOffload: 'Disabled' },
  },
};

/** All fields added up to and including this version. */
export function writtenSince(calico: string): Additions {
  const minor = calicoMinor(calico);
  const until = Object.entries(additions).flatMap(([since, added]) => (Number(since) <= minor ? [added] : []));
  const merged = (part: keyof Additions): Record<string, string> =>
    Object.fromEntries(until.flatMap((one) => Object.entries(one[part])));
  return { installation: merged('installation'), cni: merged('cni'), felix: merged('felix') };
}
