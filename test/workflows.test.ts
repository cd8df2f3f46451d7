/** What runs with the repository's rights says which rights it needs, and runs only what was looked at. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '..', '.github', 'workflows');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const texts = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const workflow = (name: string) => parse(readFileSync(join(folder, name), 'utf8')) as Workflow;

describe.each(texts)('$name', ({ name, text }) => {
  test('actions are pinned by commit, with the version beside it', () => {
    const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test('nothing may write unless its job says so', () => {
    const rights = Object.values(workflow(name).permissions);
    expect(rights.filter((right) => right !== 'read')).toEqual([]);
  });
});

describe('release', () => {
  const { jobs } = workflow('release.yml');

  test('only the job that publishes has rights, and no more than it needs', () => {
    const rights = Object.fromEntries(Object.entries(jobs).map(([job, { permissions }]) => [job, permissions]));
    expect(rights).toEqual({
      rehearse: { contents: 'read' },
      build: { contents: 'read' },
      publish: { contents: 'read', packages: 'write', 'id-token': 'write' },
    });
  });

  test('both machines build the image in the same way, and the one that publishes builds nothing', () => {
    const steps = (job: string) => jobs[job]?.steps ?? [];
    expect(steps('build').slice(0, steps('rehearse').length)).toEqual(steps('rehearse'));
    const commands = steps('publish').map(({ run = '' }) => run);
    expect(commands.filter((command) => /npm |release-chart|helm (package|dependency)/.test(command))).toEqual([]);
    expect(steps('publish').filter(({ uses = '' }) => uses.startsWith('actions/setup-node@'))).toEqual([]);
  });

  test('nothing is pushed before both machines made the same image, and what came is compared', () => {
    const names = (jobs.publish?.steps ?? []).map(({ name, uses }) => name ?? uses?.split('@')[0]);
    const order = [
      'Both machines made the same image',
      'actions/download-artifact',
      'What came is what was built',
      'Push',
    ];
    expect(names.filter((name) => order.includes(String(name)))).toEqual(order);
  });

  test('no value that others choose stands in a command', () => {
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });
});
