/** The folder with upstream's schemas that lies beside the clone; it is data for tests and no part of the repository. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

/** Says what to do where the folder is not there. */
export const sharedRemedy = 'put it at ../shared or set FLATLAN_SHARED';

/** Undefined where the folder is not there; in CI (CI=true) that is an error, because its tests would go silently. */
export function sharedFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = env.FLATLAN_SHARED ? resolve(env.FLATLAN_SHARED) : join(repository, '../shared');
  if (existsSync(join(folder, 'upstream'))) return folder;
  if (env.CI === 'true') throw new Error(`no shared folder with upstream/ in it at ${folder}; ${sharedRemedy}`);
  return undefined;
}

/** The same as a reason to leave tests out. */
export function lackOfShared(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return sharedFolder(env) === undefined ? `no shared folder; ${sharedRemedy}` : undefined;
}
