/**
 * From resolved networks to every file. `cdk8s synth` and `flatlan synth` both come here.
 */
import { emitters } from './emitters.ts';
import { fluxSources } from './flux/index.ts';
import { chartFiles } from './helm/chart.ts';
import { ownedFolders } from './paths.ts';
import type { Network } from './plan/network/index.ts';
import { planJsonSchema } from './plan/schema/index.ts';
import { testedCharts } from './plan/versions.ts';
import type { GeneratedFile } from './writer/index.ts';

export interface Synthesized {
  readonly files: readonly GeneratedFile[];
  /** The folders that belong to flatlan: what it no longer makes there is removed. */
  readonly owned: readonly string[];
}

/** Everything for these clusters; their charts must agree on versions, since they share one chart. */
export function synthesize(networks: readonly Network[]): Synthesized {
  return {
    files: [
      ...chartFiles(networks[0]?.versions ?? testedCharts),
      ...fluxSources(),
      { path: 'plan.schema.json', content: `${JSON.stringify(planJsonSchema(), null, 2)}\n` },
      ...networks.flatMap((network) => emitters.flatMap((emit) => emit(network))),
    ],
    owned: ownedFolders(networks.map(({ cluster }) => cluster)),
  };
}
