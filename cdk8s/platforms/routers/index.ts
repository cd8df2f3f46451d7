/**
 * Router software by the word that a plan has for it, in the order of the plan's reference; the plan's schema takes
 * its words from here. A new one also needs its file; its DHCP server, if that is new (../dhcp-servers/); and
 * `npm run docs` and `npm run synth`, which write its word. test/platforms tests it from here, in STEPS too.
 */
import { bird } from './bird.ts';
import { edgeos } from './edgeos.ts';
import { frr } from './frr.ts';
import { opnsense } from './opnsense.ts';
import { pfsense } from './pfsense.ts';
import type { RouterTraits } from './router.ts';
import { routeros } from './routeros.ts';
import { unifi } from './unifi.ts';
import { vyos } from './vyos.ts';

export type * from './router.ts';

export const routers = { frr, unifi, pfsense, opnsense, edgeos, vyos, routeros, bird } satisfies Record<
  string,
  RouterTraits
>;

export type RouterSoftware = keyof typeof routers;
