/**
 * An emitter makes a part of a cluster's files from its resolved network, as plain data: no disk, no clock, no environment.
 * A new kind of file is a room with an emitter, and a line here. The room may know what test/house.test.ts allows emitters (plan,
 * platforms, address, writer); one that needs more has a line of its own there.
 */
import { fluxFiles } from './flux/index.ts';
import { valuesFiles } from './helm/cluster-values.ts';
import { reviewFiles } from './helm/layer-objects.ts';
import type { Network } from './plan/network/index.ts';
import { routerFiles } from './routers/index.ts';
import { stepsFiles } from './steps/index.ts';
import type { GeneratedFile } from './writer/index.ts';

export type Emitter = (network: Network) => readonly GeneratedFile[];

export const emitters: readonly Emitter[] = [valuesFiles, stepsFiles, routerFiles, reviewFiles, fluxFiles];
