/** Files for the routers of a plan, by their software: overlays/<cluster>/generated/routers/<router>/. */
import type { Network, Router, RouterSoftware } from '../plan/network/index.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { deviceFile, type DeviceFile } from './device-file.ts';
import { frrFiles } from './frr.ts';
import { linuxFiles } from './linux.ts';

type Writer = (router: Router) => readonly DeviceFile[];

/** A software without a writer gets its words in STEPS.md alone. */
const writers: Readonly<Partial<Record<RouterSoftware, Writer>>> = {
  frr: (router) => [...frrFiles(router), ...linuxFiles(router)],
};

export function routerFiles(network: Network): GeneratedFile[] {
  return network.routers.flatMap((router) => filesOf(network.cluster, router));
}

/** Those of one router; none where its software has no writer yet, or where the plan wants nothing of it. */
export function filesOf(cluster: string, router: Router): GeneratedFile[] {
  if (router.routing.neighbors.length === 0) return [];
  return (writers[router.software]?.(router) ?? []).map((file) => deviceFile(cluster, router, file));
}
