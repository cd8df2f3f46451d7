/** Every router software and DHCP server has every entry, and is known by its own file alone. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCidr, type Cidr } from '../../cdk8s/address/index.ts';
import { planJsonSchema } from '../../cdk8s/plan/schema/index.ts';
import { dhcpServers, type DhcpServerTraits } from '../../cdk8s/platforms/dhcp-servers/index.ts';
import { platformNames } from '../../cdk8s/platforms/platform-names.ts';
import { routers, type RouterTraits } from '../../cdk8s/platforms/routers/index.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';

const cdk8s = join(import.meta.dirname, '../../cdk8s');
const platforms = join(cdk8s, 'platforms');

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const flow = { from: cidr('192.168.2.0/24'), to: [cidr('10.64.0.0/18'), cidr('10.65.0.0/24')] };

describe.each(Object.entries<RouterTraits>(routers))('router software %s', (name, traits) => {
  test('says how it is saved, looked at and rolled back', () => {
    const { title, save, restore, neighbors, waiting, established, routes } = traits;
    for (const text of [title, save, restore, neighbors, waiting, established, routes])
      expect(text).toMatch(/^\S.*\S$/);
    // It shows by different words whether a neighbor has answered.
    expect(waiting).not.toBe(established);
  });

  test('drops a subnet and passes a flow by the addresses that it is given', () => {
    expect(traits.discard(cidr('10.64.0.0/18'))).toContain('10.64.0.0/18');
    const words = traits.passAsymmetric(flow);
    for (const subnet of [flow.from, ...flow.to]) expect(words).toContain(String(subnet));
  });

  test('says how many paths it uses at once, and why no more or how one sees them', () => {
    const { paths, note } = traits.multipath;
    expect(note(cidr('10.65.0.0/24'))).toMatch(/^\S.*[^.]$/);
    expect(note(cidr('10.65.0.0/24')).includes('ip route show 10.65.0.0/24')).toBe(paths > 1);
  });

  test('takes the hold time that a plan has by default', () => {
    expect(traits.shortestHold ?? 3).toBeGreaterThanOrEqual(3);
    expect(traits.shortestHold ?? 3).toBeLessThanOrEqual(9);
  });

  test('its title stands in STEPS where a plan names it, with its commands and the leases of its DHCP server', () => {
    const content = stepsText(networkOf(changed(planText('hybrid'), 'software: edgeos', `software: ${name}`)));
    const { title, save, neighbors, routes, dhcpServer } = traits;
    for (const text of [title, save, neighbors, routes, dhcpServers[dhcpServer].leases])
      expect(content).toContain(text);
  });
});

test.each(Object.entries<DhcpServerTraits>(dhcpServers))(
  'DHCP server %s says where its leases are',
  (name, { leases }) => {
    expect(leases).toMatch(/^\S.*\S$/);
    expect(Object.values<RouterTraits>(routers).map(({ dhcpServer }) => dhcpServer)).toContain(name);
  },
);

describe('a new name needs its file and its line in the index', () => {
  test("the plan's words are the table's, in its order", () => {
    const schema = JSON.stringify(planJsonSchema());
    expect(schema).toContain(`"enum":${JSON.stringify(platformNames(routers))}`);
  });

  test.each([
    ['routers', platformNames(routers)],
    ['dhcp-servers', platformNames(dhcpServers)],
  ])('each of %s has a file of its name', (folder, names) => {
    const files = readdirSync(join(platforms, folder));
    for (const name of names) expect(files).toContain(`${name}.ts`);
  });

  test('no other file names a router software', () => {
    const named = new RegExp(`'(${platformNames(routers).join('|')})'`);
    const files = readdirSync(cdk8s, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !/^(platforms|lab)\//.test(path),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((path) => named.test(readFileSync(join(cdk8s, path), 'utf8')))).toEqual([]);
  });
});
