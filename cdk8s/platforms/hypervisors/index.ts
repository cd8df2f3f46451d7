/**
 * What nodes run on, by the word that a plan has for it; the plan's schema takes its words from here. A new
 * hypervisor also needs its file, and `npm run docs` and `npm run synth`, which write its word; test/platforms tests
 * it from here.
 */
import type { HypervisorTraits } from './hypervisor.ts';
import { hyperV } from './hyper-v.ts';
import { metal } from './metal.ts';
import { proxmox } from './proxmox.ts';
import { vmware } from './vmware.ts';

export type * from './hypervisor.ts';

export const hypervisors = { metal, 'hyper-v': hyperV, proxmox, vmware } satisfies Record<string, HypervisorTraits>;

export type NodeHost = keyof typeof hypervisors;
