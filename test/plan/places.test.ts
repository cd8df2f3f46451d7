/** Line and column are those of the value, or of the key; found here by searching the text, not by a parser. */
import { describe, expect, test } from '@jest/globals';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { changed } from '../plans/fixtures.ts';
import { dumbL2, errorsOf, flatBgp, hybrid } from './plans.ts';

/** The text without its mark `»`, and the line and column where the mark stood. */
function marked(text: string): { text: string; at: string } {
  const before = text.slice(0, text.indexOf('»'));
  return {
    text: text.replace('»', ''),
    at: `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`,
  };
}

function placesOf(text: string): string[] {
  return errorsOf(text).map(({ place }) => `${place.line}:${place.column}`);
}

describe('the finding is where the mark is', () => {
  test.each([
    ['value in flow style', changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: »192.168.2.5/24')],
    ['value in block style', changed(hybrid, 'subnet: 192.168.3.0/24', 'subnet:   »192.168.3.5/24')],
    ['value on the next line', changed(hybrid, 'subnet: 192.168.3.0/24', 'subnet:\n      »192.168.3.5/24')],
    ['value in double quotes', changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: »"192.168.2.5/24"')],
    ['value in single quotes', changed(flatBgp, 'subnet: 192.168.2.0/24', "subnet: »'192.168.2.5/24'")],
    ['value behind an anchor', changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: &lan »192.168.2.5/24')],
    ['value behind a tag', changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: !!str »192.168.2.5/24')],
    ['value in a block scalar', changed(hybrid, 'subnet: 192.168.3.0/24', 'subnet: »>-\n      192.168.3.5/24')],
    ['value of a key in quotes', changed(flatBgp, 'subnet: 192.168.2.0/24', '"subnet": »192.168.2.5/24')],
    ['value of an explicit key', changed(hybrid, 'subnet: 192.168.3.0/24', '? subnet\n    : »192.168.3.5/24')],
    ['value after a comment', changed(hybrid, 'subnet: 192.168.3.0/24', 'subnet: # here\n      »192.168.3.5/24')],
    ['item of a list in flow style', changed(flatBgp, 'dns: [192.168.2.1]', 'dns: [192.168.2.1, »192.168.2]')],
    [
      'item of a list in block style',
      changed(hybrid, 'dns: [192.168.2.1]', 'dns:\n      - 192.168.2.1\n      -   »192.168.2'),
    ],
    ['item over several lines', changed(flatBgp, 'dns: [192.168.2.1]', 'dns: [192.168.2.1,\n    »192.168.2]')],
    ['word', changed(flatBgp, 'mode: routed', 'mode: »rooted')],
    ['number', changed(flatBgp, 'asn: 64512', 'asn: »0')],
    ['unknown key', changed(flatBgp, 'dns:', '»nds:')],
    ['unknown key in quotes', changed(flatBgp, 'dns:', '»"nds":')],
    ['unknown key at the top', `${flatBgp}»more: 1\n`],
    ['unknown key of a section', changed(flatBgp, 'networks:', '»netwroks:')],
    ['unknown explicit key', `${flatBgp}? »more\n: 1\n`],
    ['key twice', changed(flatBgp, 'clients: true', 'clients: true, »clients: true')],
    ['key twice, in quotes', changed(hybrid, '    vlan: 20', "    vlan: 20\n    »'vlan': 20\n    #")],
    ['name', changed(flatBgp, '  home:', '  »Home:')],
    ['name in quotes', changed(flatBgp, '  home:', '  »"my home":')],
    ['list in place of a text, by its key', changed(flatBgp, 'gateway: 192.168.2.1', '»gateway: [192.168.2.1]')],
    ['map in place of a text, by its key', changed(hybrid, '    vlan: 20', '    »vlan:\n      id: 20\n    #')],
    ['nothing, by its key', changed(hybrid, '    vlan: 20', '    »vlan:\n    #')],
    ['missing key, by what lacks it', changed(flatBgp, 'home: {subnet: 192.168.2.0/24, ', '»home: {')],
    [
      'missing key in block style',
      changed(
        hybrid,
        'k8s:                                   # VLAN 20, nodes only\n    subnet: 192.168.3.0/24',
        '»k8s:',
      ),
    ],
    ['text in place of a number', changed(hybrid, 'mtu: 9000', 'mtu: »"9000"')],
    ['number that programs read differently', changed(hybrid, 'mtu: 9000', 'mtu: »09000')],
    ['tag', changed(flatBgp, 'gateway: 192.168.2.1', 'gateway: !secret »gateway')],
    ['alias without anchor', changed(flatBgp, 'gateway: 192.168.2.1', 'gateway: »*lan')],
    ['merge key', changed(hybrid, '    vlan: 20', '    »<<: {vlan: 20}\n    #')],
    ['relation, at the value', changed(flatBgp, 'subnet: 192.168.6.0/24', 'subnet: »192.168.4.0/24')],
    ['relation, at a name', changed(hybrid, 'network: lan, addresses', 'network: »lam, addresses')],
    ['value after a tab', changed(flatBgp, 'version: 1', 'version:\t»one')],
    [
      'value after letters of two bytes and of two units',
      changed(flatBgp, 'pods: {mode: routed,', 'pods: {"ü𝄞": 1, mode: »rooted,').replace('"ü𝄞": 1, ', ''),
    ],
    ['value of the last line', `${flatBgp}versions: {calico: »3.32.1}`],
  ])('%s', (_, text) => {
    const { text: plan, at } = marked(text);
    expect(placesOf(plan)).toEqual([at]);
  });
});

describe('in a pattern', () => {
  test.each([
    [
      'value',
      changed(dumbL2, 'network: data, bridge: br0, address: "', 'network: data, bridge: br0, mac: »x, address: "'),
    ],
    ['value with a number', changed(dumbL2, '"10.10.{}.0"', '»"10.10.{}.300"')],
    [
      'unknown key',
      changed(dumbL2, 'network: data, bridge: br0, address: "', 'network: data, »brigde: br0, bridge: br0, address: "'),
    ],
    [
      'missing key',
      changed(
        dumbL2,
        'eth1: {network: data, bridge: br0, address: "10.10.{}.0"}',
        '»eth1: {network: data, bridge: br0}',
      ),
    ],
    ['the pattern itself', changed(dumbL2, '"node{1..100}"', '»"node{5..1}"')],
    ['a name that it gives', changed(dumbL2, '"node{1..100}"', '»"Node{1..100}"')],
    ['something else than a map', dumbL2.replace(/"node\{1\.\.100\}": .*/, '»"node{1..100}": [a]')],
    ['what a plain name overrides', changed(dumbL2, 'os: ifupdown', 'os: »ifup')],
    ['inside what a plain name overrides', changed(dumbL2, 'address: 10.10.4.0', 'address: »10.10.4')],
    [
      'missing from what a plain name overrides',
      changed(
        dumbL2,
        'bond0: {network: data, bridge: br0, address: 10.10.4.0,',
        '»bond0: {network: data, bridge: br0,',
      ),
    ],
    [
      'relation, at a value that the pattern has',
      changed(dumbL2, 'bridge: br0, address: "', 'bridge: »eth1, address: "'),
    ],
  ])('%s', (_, text) => {
    const { text: plan, at } = marked(text);
    expect(placesOf(plan).slice(0, 1)).toEqual([at]);
    expect(new Set(placesOf(plan)).size).toBe(placesOf(plan).length);
  });
});

describe('with an alias', () => {
  test('a value that is wrong in itself is pointed at where it is written', () => {
    const { text, at } = marked(
      changed(changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: &lan »192.168.2.5/24'), '192.168.6.0/24', '*lan'),
    );
    expect(placesOf(text)).toEqual([at]);
    expect(errorsOf(text)[0]?.problem).toMatch(/has host bits set \(and 1 more of this kind here\)$/);
  });

  test('one that is wrong in its place is pointed at there', () => {
    const { text, at } = marked(
      changed(changed(flatBgp, 'subnet: 192.168.4.0/24', 'subnet: &pods 192.168.4.0/24'), '192.168.6.0/24', '»*pods'),
    );
    expect(placesOf(text)).toEqual([at]);
  });

  test('a value inside a map that an alias stands for', () => {
    const { text, at } = marked(
      changed(
        hybrid,
        'eth0: {network: lan, bridge: br0, mac: "00:15:5d:02:cb:09", address: dhcp}',
        'eth0: &eth0 {network: lan, bridge: br0, mac: "00:15:5d:02:cb:09", address: »dchp}',
      ).replace('eth0: {network: lan, bridge: br0, mac: "00:15:5d:02:cb:0b", address: dhcp}', 'eth0: *eth0'),
    );
    expect(placesOf(text)).toContain(at);
  });
});

test('an item of a list keeps its place when one before it cannot be read', () => {
  const { text, at } = marked(
    changed(flatBgp, 'dns: [192.168.2.1]', 'dns: [192.168.2, 10.0.0.1, »192.168.4.9]').replace(
      '192.168.2, ',
      '192.168.2, ',
    ),
  );
  const parsed = parsePlan(text, 'plan.yaml');
  expect(parsed.checked.plan.networks?.home?.dns?.map(String)).toEqual(['10.0.0.1', '192.168.4.9']);
  const { place, path } = parsed.locate(['networks', 'home', 'dns', 1]);
  expect(path).toEqual(['networks', 'home', 'dns', 2]);
  expect(`${place.line}:${place.column}`).toBe(at);
});

test('a path that leads nowhere is near what it would be in', () => {
  const parsed = parsePlan(flatBgp, 'plan.yaml');
  const at = (...path: string[]): string => {
    const { line, column, file } = parsed.locate(path).place;
    return `${file}:${line}:${column}`;
  };
  expect(at('networks', 'home', 'vlan')).toBe('plan.yaml:6:3');
  expect(at('networks', 'office', 'vlan')).toBe('plan.yaml:5:1');
  expect(at('links')).toBe('plan.yaml:2:1');
  expect(at()).toBe('plan.yaml:2:1');
  expect(at('version', 'deeper', 'still')).toBe('plan.yaml:2:10');
});
