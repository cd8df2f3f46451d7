/** What software with the summary of Quagga and FRR has in common: `show bgp summary`, whoever prints it. */
import type { RouterTraits } from './router.ts';

/** Its last column is a state, or how many routes came. */
export const summary: Pick<RouterTraits, 'waiting' | 'established'> = {
  waiting: '`Active`, `Connect` or `Idle`',
  established: 'a number in the last column (how many routes came) in place of a state',
};
