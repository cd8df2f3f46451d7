/** Commands of which only the exit status counts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/**
 * Runs a command and says so; true when it ended with 0.
 *
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function check(title, command, args, options = {}) {
  process.stdout.write(`== ${title}\n`);
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0;
}
