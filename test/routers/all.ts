/** Networks whose routers all have one software, whatever their plans say. */
import { routers as platforms, type RouterSoftware } from '../../cdk8s/platforms/routers/index.ts';
import type { Network, Router } from '../../cdk8s/plan/network/index.ts';
import { filesOf } from '../../cdk8s/routers/index.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';

/** Of mode routed: those of the fixtures, and random ones. */
const networks: readonly Network[] = [
  ...['flat-bgp', 'multi-site', 'hybrid'].map(planNetwork),
  ...randomPlans(50, 15).map(({ network }) => network),
];

export interface RouterOf {
  readonly network: Network;
  readonly router: Router;
}

/** Every router of these networks with a neighbor, as if it had that software. */
export function routersAs(software: RouterSoftware): RouterOf[] {
  const { paths } = platforms[software].multipath;
  return networks.flatMap((network) =>
    network.routers
      .filter(({ routing }) => routing.neighbors.length > 0)
      .map((router) => ({
        network,
        router: { ...router, software, routing: { ...router.routing, paths: Math.min(paths, router.routing.paths) } },
      })),
  );
}

/** The text of a router's file. */
export function fileOf({ network, router }: RouterOf, name: string): string {
  const file = filesOf(network.cluster, router).find(({ path }) => path.endsWith(`/${name}`));
  if (!file) throw new Error(`router ${router.name} of ${network.cluster} has no file ${name}`);
  return file.content;
}
