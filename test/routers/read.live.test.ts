/** Every file that a program here reads is read by it: FRR's by vtysh, nftables' by nft, in a namespace of its own. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab } from '../../cdk8s/lab/lab.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { fileOf, routersAs } from './all.ts';

jest.setTimeout(180_000);

describeLab('files for routers', { programs: ['vtysh', 'nft'] }, () => {
  const routers = routersAs('frr');
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = await startLab();
    host = await lab.host('router');
  });
  afterAll(async () => {
    await lab.stop();
  });

  async function dryRun(text: string): Promise<string> {
    const folder = host.folder('vtysh');
    host.write(`${folder}/vtysh.conf`, '');
    host.write(`${folder}/frr.conf`, text);
    const { code, stdout, stderr } = await host.run([
      'vtysh',
      '--config_dir',
      folder,
      '-C',
      '-f',
      `${folder}/frr.conf`,
    ]);
    return code === 0 ? '' : `${code}: ${stdout}${stderr}`;
  }

  test('vtysh takes every line of FRR', async () => {
    // In one text, since only its grammar is asked here.
    const texts = routers.flatMap((router) => ['frr.conf', 'frr-add.conf'].map((name) => fileOf(router, name)));
    expect(texts.length).toBeGreaterThan(100);
    expect(await dryRun(texts.join(''))).toBe('');
  });

  test('and refuses a line that is none', async () => {
    expect(await dryRun('router bgp 64512\n neighbor 192.0.2.1 remot-as 1\n')).toContain('Unknown command');
  });

  test('nft takes the table, twice over, and the rules in chains that drop', async () => {
    for (const router of routers) {
      const nat = fileOf(router, 'nat.nft');
      await host.nft(nat);
      await host.nft(nat);
      const chains = ['input', 'forward'].map(
        (way) =>
          `chain ${way} { type filter hook ${way} priority filter; policy drop;\n${fileOf(router, `${way}.nft`)}\nct state established accept\n}`,
      );
      await host.nft(`flush ruleset\ntable inet filter {\n${chains.join('\n')}\n}`);
    }
  });
});
