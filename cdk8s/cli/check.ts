/** `flatlan check [plan...]`: all findings of the plans; 1 when one is an error, 3 when a file can't be read. */
import type { ExitCode } from './exit.ts';
import { print } from './output.ts';
import { exitFor, readPlan, together } from './plans.ts';
import { countText, findingsJson, findingsText } from './report.ts';

export function check(files: readonly string[], options: { readonly json?: boolean }): ExitCode {
  const { findings } = together(files.map(readPlan));
  print(
    options.json ? findingsJson(findings) : `${findingsText(findings)}${files.join(', ')}: ${countText(findings)}\n`,
  );
  return exitFor(findings);
}
