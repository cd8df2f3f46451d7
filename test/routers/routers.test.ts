/** Files of routers as text: what is in each, and that no name gets out of its syntax. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Neighbor, Router } from '../../cdk8s/plan/network/index.ts';
import { filesOf } from '../../cdk8s/routers/index.ts';
import { sessionGroups } from '../../cdk8s/routers/sessions.ts';
import { isOurs } from '../../cdk8s/writer/file.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fileOf, routersAs } from './all.ts';

const all = routersAs('frr');

test('every file says first who made it, and how to save, apply, verify and roll back', () => {
  for (const { network, router } of all) {
    const files = filesOf(network.cluster, router);
    expect(files.length).toBeGreaterThan(3);
    for (const { path, content } of files) {
      expect([path, isOurs(content)]).toEqual([path, true]);
      for (const word of ['Save', 'Apply', 'Verify', 'Roll back'])
        expect(content).toMatch(new RegExp(`^[#!] ${word}: [^\`\\n]{4,}$`, 'm'));
    }
  }
});

test('a router that speaks no BGP has none', () => {
  const [network] = all.map((one) => one.network);
  const [first] = network?.routers ?? [];
  if (!network || !first) throw new Error('a plan without routers');
  expect(filesOf(network.cluster, { ...first, routing: { ...first.routing, neighbors: [] } })).toEqual([]);
});

describe('sessions', () => {
  test('each neighbor is in one group, with all that it shares', () => {
    for (const { router } of all) {
      const groups = sessionGroups(router);
      expect(groups.flatMap(({ members }) => members.map(({ name, over }) => `${name} ${over}`)).sort()).toEqual(
        router.routing.neighbors.map(({ name, over }) => `${name} ${over}`).sort(),
      );
      const shared = ({ name: _name, address: _address, ...rest }: Neighbor): unknown => rest;
      for (const group of groups)
        for (const member of group.members) expect(shared(member)).toEqual(shared(group.shared));
    }
  });

  test('their names are words of 31 characters at most, each once', () => {
    for (const { router } of all) {
      const names = sessionGroups(router).flatMap(({ name, importList, exportList }) => [
        name,
        importList.name,
        exportList.name,
      ]);
      for (const name of names) expect(name).toMatch(/^FLATLAN-[A-Za-z0-9-]{1,23}$/);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('links whose names begin alike stay apart', () => {
    const { routers } = planNetwork('multi-site');
    const [first] = routers;
    if (!first) throw new Error('no router');
    const long = 'a'.repeat(60);
    const neighbors = first.routing.neighbors.map((one, index) =>
      one.kind === 'router' ? { ...one, over: `${long}${index}` } : one,
    );
    const names = sessionGroups({ routing: { ...first.routing, neighbors } }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.every((name) => name.length <= 27)).toBe(true);
  });
});

describe('FRR', () => {
  const site = all.filter(({ network }) => network.cluster === 'multi-site');
  const [homeA] = site;
  if (!homeA) throw new Error('no router');
  const text = fileOf(homeA, 'frr.conf');

  test('has the password as a placeholder, for nodes alone', () => {
    expect(text.match(/ password .*/g)).toEqual([' password {{flatlan:flatlan-bgp-password/password}}']);
  });

  test('ends each list in a denial, and each session has two lists', () => {
    for (const name of text.match(/prefix-list \S+ (?=in|out)/g) ?? []) {
      const list = name.split(' ')[1] ?? '';
      expect(text).toMatch(new RegExp(`^ip prefix-list ${list} seq \\d+ deny any$`, 'm'));
    }
    expect(text.match(/activate$/gm)).toHaveLength(3);
    expect(text.match(/ in$/gm)).toHaveLength(3);
    expect(text.match(/ out$/gm)).toHaveLength(3);
  });

  test('in both files the same, with what only a whole configuration has', () => {
    const lines = (name: string): string[] =>
      fileOf(homeA, name)
        .split('\n')
        .filter((line) => !line.startsWith('!'));
    expect(lines('frr.conf')).toEqual(['frr defaults traditional', 'hostname home-a', ...lines('frr-add.conf')]);
  });

  test('a node whose address comes by DHCP has a line to complete', () => {
    const change = (one: Neighbor): Neighbor => (one.name === 'a1' ? { ...one, address: undefined } : one);
    const router: Router = {
      ...homeA.router,
      routing: { ...homeA.router.routing, neighbors: homeA.router.routing.neighbors.map(change) },
    };
    expect(fileOf({ ...homeA, router }, 'frr.conf')).toContain(
      ' ! neighbor <address of a1, which DHCP gives> peer-group FLATLAN-NODES',
    );
  });
});

test('no name gets out of its line', () => {
  const hostile = fc.oneof(
    fc.constantFrom('a\nno router bgp 1', 'a"; reboot', '$(reboot)', '`reboot`', '! a', '# a', '} table x {', '𝄞', "'"),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  );
  const [{ network, router } = {}] = all;
  if (!network || !router) throw new Error('no router');
  const plain = filesOf(network.cluster, router).map(({ content }) => content.split('\n').length);
  fc.assert(
    fc.property(hostile, (name) => {
      const neighbors = router.routing.neighbors.map((one) => ({ ...one, name, over: name }));
      const files = filesOf(network.cluster, { ...router, name, routing: { ...router.routing, neighbors } });
      expect(files.map(({ content }) => content.split('\n').length)).toEqual(plain);
      for (const { content } of files) expect(content).not.toMatch(/[^\n\x20-\x7e]/);
    }),
  );
});
