/** Anchors and aliases: read where they help, refused where they explode. */
import { describe, expect, test } from '@jest/globals';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { changed } from '../plans/fixtures.ts';
import { errorsOf, flatBgp, hybrid, placed, said } from './plans.ts';

describe('an alias', () => {
  test('stands for a value, a list or a map', () => {
    let text = changed(hybrid, 'dns: [192.168.2.1]', 'dns: &dns [192.168.2.1]');
    text = changed(text, 'dns: [192.168.3.1]', 'dns: *dns');
    text = changed(text, 'roles: [worker]', 'roles: *roles');
    text = changed(text, 'roles: [control-plane, worker]', 'roles: &roles [control-plane, worker]');
    text = changed(text, 'bgp: {', 'bgp: &bgp {');
    expect(said(text)).toEqual([]);
    expect(parsePlan(text, 'plan.yaml').plan?.networks.k8s?.dns.map(String)).toEqual(['192.168.2.1']);
  });

  test('stands for the last anchor of its name before it', () => {
    let text = changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: &a 192.168.2.0/24');
    text = changed(text, 'gateway: 192.168.2.1', 'gateway: &a 192.168.2.1');
    text = changed(text, 'dns: [192.168.2.1]', 'dns: [*a]');
    expect(said(text)).toEqual([]);
  });

  test.each([
    [
      'without an anchor',
      changed(flatBgp, 'gateway: 192.168.2.1', 'gateway: *lan'),
      '6:43',
      '*lan refers to no anchor: none of that name is before it',
    ],
    [
      'before its anchor',
      changed(
        changed(flatBgp, 'cluster: flat-bgp', 'cluster: *name'),
        'network: home, address',
        'network: &name home, address',
      ),
      '3:10',
      '*name refers to no anchor: none of that name is before it',
    ],
    [
      'inside a map that it stands for',
      changed(flatBgp, 'networks:\n', 'networks: &all\n  more: *all\n'),
      '6:9',
      '*all is inside the value that it refers to',
    ],
    [
      'inside a list that it stands for',
      changed(flatBgp, 'dns: [192.168.2.1]', 'dns: &dns [192.168.2.1, *dns]'),
      '6:95',
      '*dns is inside the value that it refers to',
    ],
  ])('%s', (_, text, at, problem) => {
    expect(said(text)).toEqual([
      `${at} schema/anchors: ${problem} -> write the values out; node patterns ("node{1..100}") replace most anchors`,
    ]);
  });

  test('in a circle of two', () => {
    const text = `a: &a {b: &b {a: *a}}\nc: *b\n${flatBgp}`;
    expect(placed(text).filter((line) => line.includes('anchors'))).toEqual(['1:18 schema/anchors']);
  });

  test('as a key', () => {
    const text = changed(
      changed(flatBgp, 'cluster: flat-bgp', 'cluster: &name flat-bgp'),
      '  home:',
      '  *name : {subnet: 10.1.0.0/24}\n  home:',
    );
    expect(said(text)).toEqual(['6:3 schema/unknown-key: a key cannot be a list, a map or an alias -> write a name']);
  });

  test('does not repeat what is said about what it stands for', () => {
    const text = changed(
      hybrid,
      'roles: [control-plane, worker]\n    host: hyper-v\n    interfaces:',
      'roles: [control-plane, worker]\n    host: hyper-v\n    interfaces: &all',
    ).replace(/(node2:[^]*?interfaces:)\n.*\n.*\n/, '$1 *all\n');
    const twice = changed(
      text,
      'eth0: {network: lan, bridge',
      'eth0: {tagged: false, tagged: false, network: lan, bridge',
    );
    expect(placed(twice).filter((line) => line.includes('duplicate-key'))).toHaveLength(1);
  });
});

describe('explosions', () => {
  const laughs = (levels: number): string =>
    Array.from(
      { length: levels },
      (_, level) =>
        `l${level}: &l${level} [${
          level === 0
            ? 'ha'
            : Array(9)
                .fill(`*l${level - 1}`)
                .join(', ')
        }]\n`,
    ).join('');

  test('a billion laughs end at once, with one finding', () => {
    const all = said(`${laughs(10)}${flatBgp}`).filter((line) => line.includes('anchors'));
    expect(all).toEqual([
      '4:20 schema/anchors: with *l2 the aliases add up to more than 1000 values -> write the values out; node patterns ("node{1..100}") replace most anchors',
    ]);
  });

  test('the same in maps', () => {
    const map = Array.from(
      { length: 12 },
      (_, level) =>
        `l${level}: &l${level} {${Array.from({ length: 9 }, (__, item) => `k${item}: ${level === 0 ? 'ha' : `*l${level - 1}`}`).join(', ')}}\n`,
    ).join('');
    expect(placed(map + flatBgp).filter((line) => line.includes('anchors'))).toHaveLength(1);
  });

  test('a chain of a thousand aliases', () => {
    const chain = Array.from(
      { length: 1500 },
      (_, link) => `k${link}: &k${link} ${link === 0 ? '1' : `{a: *k${link - 1}}`}\n`,
    ).join('');
    expect(placed(chain + flatBgp).filter((line) => line.includes('anchors'))).toHaveLength(1);
  });

  test('a thousand values are no explosion', () => {
    const text = (count: number): string =>
      changed(
        hybrid,
        'namespaces: [smarthome]',
        `namespaces: [&home smarthome, ${Array(count).fill('*home').join(', ')}]`,
      );
    expect(placed(text(1000))).toEqual([]);
    expect(placed(text(1001)).map((line) => line.replace(/^.* /, ''))).toEqual(['schema/anchors']);
  });
});

describe('merge keys', () => {
  test('are refused, and merged all the same: nothing seems to be missing', () => {
    let text = changed(
      hybrid,
      'eth0: {network: lan, bridge: br0, mac: "00:15:5d:02:cb:09", address: dhcp}',
      'eth0: &eth0 {network: lan, bridge: br0, mac: "00:15:5d:02:cb:09", address: dhcp}',
    );
    text = changed(
      text,
      'eth0: {network: lan, bridge: br0, mac: "00:15:5d:02:cb:0b", address: dhcp}',
      'eth0: {<<: *eth0, mac: "00:15:5d:02:cb:0b"}',
    );
    expect(said(text)).toEqual([
      '33:14 schema/anchors: merge keys (<<) are not allowed in a plan -> write the values out; node patterns ("node{1..100}") replace most anchors',
    ]);
  });

  test.each(['<<: *all', '<<: [*all, *all]', '<<: 5', '<<:'])('%s ends', (merge) => {
    const text = changed(flatBgp, 'networks:\n', `networks: &all\n  ${merge}\n`);
    expect(placed(text)[0]).toMatch(/^6:3 schema\/anchors$/);
  });

  test('in quotes are a key', () => {
    expect(placed(changed(flatBgp, '  home:', '  "<<": {subnet: 10.1.0.0/24}\n  home:'))).toEqual(['6:3 nodes/name']);
  });
});

describe('tags', () => {
  test.each([
    '!!binary aGVsbG8=',
    '!secret 192.168.2.1',
    '!!timestamp 2001-01-01',
    '!!set {a}',
    '!!omap [a: 1]',
    '!include x.yaml',
  ])('%s', (value) => {
    const [finding, ...more] = errorsOf(changed(flatBgp, 'gateway: 192.168.2.1', `gateway: ${value}`));
    expect(finding?.code).toBe('schema/yaml-syntax');
    expect(finding?.problem).toMatch(/^the tag \S+ is not allowed in a plan$/);
    expect(more).toEqual([]);
  });

  test('of plain values say what they are', () => {
    let text = changed(flatBgp, '"1.36"', '!!str 1.36');
    text = changed(text, 'asn: 64512', 'asn: !!int 64512');
    text = changed(text, '[control-plane, worker]', '!!seq [control-plane, worker]');
    expect(said(text)).toEqual([]);
  });
});
