/**
 * A volume whose files belong to another user, as a container with Home Assistant's rights sees it: root, no new privileges,
 * and the capabilities that its values name. They are set by setpriv of util-linux, on the kernel that runs the test.
 */
import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeAssistantValues } from '../../cdk8s/constructs/home-assistant/values.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { changed, networkOf } from '../plans/fixtures.ts';

const plan = readFileSync(join(import.meta.dirname, '../fixtures/cases/26-home-assistant-owner.yaml'), 'utf8');
/** As Home Assistant writes its files: a new one takes the place of the old. */
const script = 'cat .storage/auth; echo new > .storage/auth.new; mv -f .storage/auth.new .storage/auth';

function container(text: string, folder: string): { stdout: string; status: number | null } {
  const { homeAssistant } = networkOf(text).apps;
  if (!homeAssistant) throw new Error('the plan has no Home Assistant');
  const given = homeAssistantValues(homeAssistant).capabilities ?? [];
  const bounds = ['-all', ...given.map((name) => `+${name.toLowerCase()}`)].join(',');
  const rights = [`--bounding-set=${bounds}`, '--inh-caps=-all', '--no-new-privs'];
  return spawnSync('setpriv', [...rights, 'sh', '-ec', script], { cwd: folder, encoding: 'utf8' });
}

describeLab('a volume of another owner', { programs: ['setpriv'] }, () => {
  test('is read and written with what the plan asks for, and not without', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flatlan-owner-'));
    try {
      mkdirSync(join(folder, '.storage'), { mode: 0o700 });
      writeFileSync(join(folder, '.storage/auth'), 'old', { mode: 0o600 });
      for (const one of ['.storage/auth', '.storage', '.']) chownSync(join(folder, one), 1000, 1000);
      const restored = changed(plan, 'mac: "02', 'storage: {otherOwner: true}, mac: "02');
      expect(container(plan, folder)).toMatchObject({ stdout: '', status: 1 });
      expect(container(restored, folder)).toMatchObject({ stdout: 'old', status: 0 });
      expect(readFileSync(join(folder, '.storage/auth'), 'utf8')).toBe('new\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
