/**
 * What configures a node's network, by the word that a plan has for it; the plan's schema takes its words from here.
 * A new node system also needs its file, and `npm run docs` and `npm run synth`, which write its word; test/platforms
 * tests it from here.
 */
import { ifupdown } from './ifupdown.ts';
import { netplan } from './netplan.ts';
import { networkd } from './networkd.ts';
import { networkmanager } from './networkmanager.ts';
import type { NodeSystemTraits } from './node-system.ts';
import { talos } from './talos.ts';

export type * from './node-system.ts';

export const nodeSystems = { networkd, netplan, ifupdown, networkmanager, talos } satisfies Record<
  string,
  NodeSystemTraits
>;

export type NodeSystem = keyof typeof nodeSystems;
