/**
 * What a later Calico adds to what has to be written out whole: fields that its operator writes back, or that its kinds have
 * a default for. The kinds of an earlier one don't have them, and refuse them where fields are checked.
 */
import { calicoMinor } from '../../plan/versions.ts';

export interface Additions {
  /** Of the Installation's spec, of its `cni`, and of the FelixConfiguration's spec. */
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

/** All that came until this version, and with it. */
export function writtenSince(calico: string): Additions {
  const minor = calicoMinor(calico);
  const until = Object.entries(additions).flatMap(([since, added]) => (Number(since) <= minor ? [added] : []));
  const merged = (part: keyof Additions): Record<string, string> =>
    Object.fromEntries(until.flatMap((one) => Object.entries(one[part])));
  return { installation: merged('installation'), cni: merged('cni'), felix: merged('felix') };
}
