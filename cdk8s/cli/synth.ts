/** `flatlan synth [plan...] --out DIR`: writes every file, says what it wrote; findings go to standard error. */
import { hasErrors } from '../plan/finding.ts';
import { synthesize } from '../synth.ts';
import { BusyError, ForeignFileError, WriteError, writeFiles, type WriteReport } from '../writer/index.ts';
import { exit, type ExitCode } from './exit.ts';
import { exitFor, readPlan, together } from './plans.ts';
import { countText, findingsJson, findingsText } from './report.ts';

export interface SynthOptions {
  readonly out: string;
  readonly json?: boolean;
  /** Where to say what was written. Default: standard output. */
  readonly report?: { write(text: string): unknown };
}

export async function synth(files: readonly string[], options: SynthOptions): Promise<ExitCode> {
  const { networks, findings } = together(files.map(readPlan));
  if (hasErrors(findings)) {
    if (options.json) process.stdout.write(findingsJson(findings));
    else process.stderr.write(`${findingsText(findings)}${countText(findings)}; nothing was written\n`);
    return exitFor(findings);
  }
  const { files: generated, owned } = synthesize(networks);
  let report: WriteReport;
  try {
    report = await writeFiles(options.out, generated, owned);
  } catch (error) {
    if (!(error instanceof WriteError || error instanceof ForeignFileError || error instanceof BusyError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return exit.environment;
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: true, findings, ...report }, null, 2)}\n`);
  else {
    process.stderr.write(findingsText(findings));
    (options.report ?? process.stdout).write(reportText(report, files, options.out));
  }
  return exit.ok;
}

/** Every changed file, and how many stayed as they were. */
function reportText(report: WriteReport, plans: readonly string[], out: string): string {
  const lines = [
    ...report.written.map((path) => `wrote ${path}`),
    ...report.removed.map((path) => `removed ${path}`),
    ...report.foreign.map((path) => `left ${path}, which flatlan did not write`),
    `${plans.join(', ')} -> ${out}: ${report.written.length} written, ${report.unchanged.length} unchanged, ${report.removed.length} removed`,
  ];
  return `${lines.join('\n')}\n`;
}
