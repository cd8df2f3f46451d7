/** What this repository held before its chart was last changed: what people upgrade from. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { chartFiles } from '../../cdk8s/helm/chart.ts';
import { CHART_FOLDER } from '../../cdk8s/paths.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { run } from '../cluster/process.ts';

const repository = resolve(import.meta.dirname, '../..');

export interface Previous {
  readonly commit: string;
  /** Puts the chart and a cluster's values of that commit into a folder, in place of what is there. */
  into(folder: string): void;
  remove(): void;
}

/** Of the commits that wrote the chart the newest whose chart is another one than the generator's of today. */
export async function previousChart(cluster: string): Promise<Previous> {
  const values = `overlays/${cluster}/generated/values.yaml`;
  const commits = await git('log', '--format=%H', '--', CHART_FOLDER);
  for (const commit of commits.split('\n').filter(Boolean)) {
    const folder = mkdtempSync(join(tmpdir(), 'flatlan-previous-'));
    const archive = join(folder, 'archive.tar');
    await git('archive', `--output=${archive}`, commit, CHART_FOLDER, values);
    await command('tar', ['-xf', archive, '-C', folder]);
    const remove = () => {
      rmSync(folder, { recursive: true });
    };
    if (!isDeepStrictEqual(filesOf(join(folder, CHART_FOLDER)), today())) {
      const into = (target: string) => {
        rmSync(join(target, CHART_FOLDER), { recursive: true, force: true });
        for (const path of [CHART_FOLDER, values]) cpSync(join(folder, path), join(target, path), { recursive: true });
      };
      return { commit, into, remove };
    }
    remove();
  }
  throw new Error(`no commit has another ${CHART_FOLDER}: this clone lacks history; run git fetch --unshallow`);
}

function today(): Record<string, string> {
  const own = chartFiles(testedCharts).map(({ path, content }) => [path.slice(CHART_FOLDER.length + 1), content]);
  return Object.fromEntries(own) as Record<string, string>;
}

function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

async function git(...args: string[]): Promise<string> {
  return await command('git', args);
}

async function command(name: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(name, args, { cwd: repository });
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}\n${stderr}`);
  return stdout.trim();
}
