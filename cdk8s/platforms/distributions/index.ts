/**
 * Distributions by the word that a plan has for them; the plan's schema takes its words from here. A new one also
 * needs its file, test/platforms/distributions.test.ts, test/steps/{kubernetes,node-image}.test.ts, and
 * `npm run docs` and `npm run synth`.
 */
import type { DistributionTraits } from './distribution.ts';
import { k3s } from './k3s.ts';
import { kubeadm } from './kubeadm.ts';
import { rke2 } from './rke2.ts';
import { talos } from './talos.ts';

export type * from './distribution.ts';

export const distributions = { kubeadm, k3s, rke2, talos } satisfies Record<string, DistributionTraits>;

export type Distribution = keyof typeof distributions;
