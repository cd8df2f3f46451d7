/** `flatlan values <plan>`: the cluster's Helm values on standard output. */
import { hasErrors } from '../plan/finding.ts';
import { clusterValues, valuesText } from '../helm/cluster-values.ts';
import { exit, type ExitCode } from './exit.ts';
import { exitFor, readPlan } from './plans.ts';
import { countText, findingsText } from './report.ts';

export function values(file: string, options: { readonly json?: boolean }): ExitCode {
  const { network, findings } = readPlan(file);
  process.stderr.write(findingsText(findings));
  if (!network || hasErrors(findings)) {
    process.stderr.write(`${file}: ${countText(findings)}\n`);
    return exitFor(findings);
  }
  process.stdout.write(options.json ? `${JSON.stringify(clusterValues(network), null, 2)}\n` : valuesText(network));
  return exit.ok;
}
