/** What runs with the repository's rights says which rights it needs, and runs only what was looked at. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '..', '.github', 'workflows');

interface Step {
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
      publish: { contents: 'read', packages: 'write', 'id-token': 'write' },
    });
  });

  test('both jobs build in the same way', () => {
    const build = (job: string) => jobs[job]?.steps.slice(0, jobs.rehearse?.steps.length);
    expect(build('publish')).toEqual(build('rehearse'));
  });

  test('no value that others choose stands in a command', () => {
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    const inserted = commands.flatMap((command) =>
      [...command.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].map(([, what]) => what),
    );
    expect(inserted).toEqual(['steps.image.outputs.digest']);
  });
});
