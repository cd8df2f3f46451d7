/**
 * The cdk8s app: every overlay of this repository. `cdk8s synth` empties CDK8S_OUTDIR and lists what the app leaves there,
 * so the manifests for review go there too; everything is put in place by the one writer.
 */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exit } from './cli/exit.ts';
import { overlayPlans } from './cli/plans.ts';
import { synth } from './cli/synth.ts';

async function main(root: string, scratch: string | undefined): Promise<void> {
  // Of an app's output cdk8s shows only standard error.
  process.exitCode = await synth(overlayPlans(root), { out: '.', report: process.stderr });
  if (process.exitCode !== exit.ok || scratch === undefined) return;
  const dist = join(root, 'dist');
  for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.k8s.yaml'),
  )) {
    mkdirSync(join(scratch, dirname(path)), { recursive: true });
    copyFileSync(join(dist, path), join(scratch, path));
  }
}

void main(process.cwd(), process.env.CDK8S_OUTDIR);
