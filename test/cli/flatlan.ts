/**
 * Runs the `flatlan` command, and other programs, as a person would: as processes in a folder of their own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'build', 'cli.cjs');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function flatlan(args: readonly string[], options: { cwd?: string; node?: string } = {}): Ended {
  return run(options.node ?? process.execPath, [command, ...args], options.cwd ?? root);
}

export function run(program: string, args: readonly string[], cwd: string): Ended {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, CDK8S_CHECK_UPGRADE: 'false', NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Runs the body with an empty folder, removed afterwards. */
export async function inFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-cli-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every file below a folder by its relative path. */
export function tree(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
