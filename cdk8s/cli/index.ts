/**
 * The `flatlan` command. One file per command; here are their names and options. A new one also needs its row in
 * README.md and its test in test/cli/; `npm run build` makes the program that the tests start.
 */
import { Argument, Command, CommanderError } from 'commander';
import { FLATLAN_VERSION } from '../version.ts';
import { check } from './check.ts';
import { exit, type ExitCode } from './exit.ts';
import { overlayPlans } from './plans.ts';
import type { SchemaName } from './schema.ts';
import type { SynthOptions } from './synth.ts';

let code: ExitCode = exit.ok;

const program = new Command('flatlan')
  .description('One plan file in, a whole flat Kubernetes network out.')
  .version(FLATLAN_VERSION)
  .exitOverride()
  .showHelpAfterError('(flatlan --help shows every command)')
  .addHelpText(
    'after',
    '\nExit codes: 0 success, 1 the plan has errors, 2 wrong usage, 3 a file that cannot be read, or another problem of the disk or environment.',
  );

program
  .command('check')
  .description('check plans and report all findings')
  .argument('[plan...]', 'plan files; default: overlays/*/plan.yaml')
  .option('--json', 'findings as JSON')
  .action((files: string[], options: { json?: boolean }) => {
    code = check(plansOr(files), options);
  });

program
  .command('synth')
  .description('write charts, values and manifests')
  .argument('[plan...]', 'plan files; default: overlays/*/plan.yaml')
  .option('--out <dir>', 'the folder to write to', '.')
  .option('--json', 'what was written as JSON')
  .action(async (files: string[], options: SynthOptions) => {
    const { synth } = await import('./synth.ts');
    code = await synth(plansOr(files), options);
  });

program
  .command('values')
  .description("print a cluster's Helm values")
  .argument('<plan>', 'a plan file')
  .option('--json', 'as JSON')
  .action(async (file: string, options: { json?: boolean }) => {
    const { values } = await import('./values.ts');
    code = values(file, options);
  });

program
  .command('schema')
  .description('print a JSON Schema')
  .addArgument(new Argument('[name]', 'which one').choices(['plan', 'values'] satisfies SchemaName[]).default('plan'))
  .action(async (name: SchemaName) => {
    const { schema } = await import('./schema.ts');
    code = schema(name);
  });

function plansOr(files: readonly string[]): readonly string[] {
  const found = files.length > 0 ? files : overlayPlans('.');
  if (found.length === 0)
    program.error('error: there is no overlays/*/plan.yaml here: give the path of a plan file', {
      exitCode: exit.usage,
    });
  return found;
}

program
  .parseAsync()
  .catch((error: unknown) => {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode === 0 ? exit.ok : exit.usage;
  })
  .finally(() => {
    process.exitCode = code;
  });
