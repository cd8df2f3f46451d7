/** Distributions by the word that a plan has for them. */
import type { DistributionTraits } from './distribution.ts';
import { k3s } from './k3s.ts';
import { kubeadm } from './kubeadm.ts';
import { rke2 } from './rke2.ts';
import { talos } from './talos.ts';

export type * from './distribution.ts';

export type Distribution = 'kubeadm' | 'k3s' | 'rke2' | 'talos';

export const distributions: Readonly<Record<Distribution, DistributionTraits>> = { kubeadm, k3s, rke2, talos };
