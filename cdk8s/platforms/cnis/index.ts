/**
 * Network plugins by the word that a plan has for one that its cluster keeps (pods.cni); the plan's schema takes its words from
 * here. A new one also needs its file, test/platforms/cnis.test.ts, and `npm run docs`.
 */
import type { CniTraits } from './cni.ts';
import { calico } from './calico.ts';
import { canal } from './canal.ts';
import { cilium } from './cilium.ts';
import { flannel } from './flannel.ts';
import { k3s } from './k3s.ts';
import { kubeRouter } from './kube-router.ts';

export type * from './cni.ts';

export const cnis = { cilium, flannel, k3s, calico, canal, 'kube-router': kubeRouter } satisfies Record<
  string,
  CniTraits
>;

export type Cni = keyof typeof cnis;
