/**
 * `flatlan/plan`: a plan's text to its resolved network.
 *
 * @example
 * const { network, findings } = checkPlan(text, 'plan.yaml');
 * for (const { code, problem, remedy, place } of findings) console.error(place.line, code, problem, remedy);
 * if (network) console.log(network.pods.subnet.toString());
 */
export { checkPlan, type Checked } from '../plan/check.ts';
export { hasErrors, type Finding, type Path, type Place, type Severity } from '../plan/finding.ts';
export type * from '../plan/network/index.ts';
