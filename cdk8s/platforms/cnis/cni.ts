/**
 * What is true of one network plugin that a cluster has already (pods.mode existing), as data: one file each beside this one.
 * Multus is told its name and waits for its file; nothing of it is changed by flatlan.
 */
import type { CniFolders, Distribution } from '../distributions/index.ts';

export interface CniTraits {
  readonly title: string;
  /** `name` in its configuration on nodes. */
  readonly network: string;
  /** The file that has that configuration, in the folder where the runtime looks. */
  readonly conf: string;
  /** Where it has its files; undefined: where its distribution has them. */
  readonly folders: CniFolders | undefined;
  /** The distribution that it is part of; undefined: it runs on any. */
  readonly distribution: Distribution | undefined;
  /** What it must be told so that it goes together with Multus, each as a sentence with a check. */
  readonly settings: readonly CniSetting[];
  /** What to know of it, as sentences. */
  readonly notes: readonly string[];
}

export interface CniSetting {
  /** A sentence: what to set, and why. */
  readonly todo: string;
  /** Shows that it is set, and what it prints then. */
  readonly check: string;
  readonly prints: string;
}
