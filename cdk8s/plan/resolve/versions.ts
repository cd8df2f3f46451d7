/** The charts' versions that a plan asks for, or those that this release is tested with. */
import type { Plan } from '../schema/index.ts';
import { testedCharts, type ChartVersions } from '../versions.ts';

export function versionsOf({ versions }: Pick<Plan, 'versions'>): ChartVersions {
  return {
    calico: versions?.calico ?? testedCharts.calico,
    metallb: versions?.metallb ?? testedCharts.metallb,
  };
}
