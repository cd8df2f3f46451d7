/** YAML mistakes that people make, told where they were made and in words that need no knowledge of YAML. */
import { describe, expect, test } from '@jest/globals';
import { changed } from '../plans/fixtures.ts';
import { errorsOf, flatBgp, hybrid, placed, said } from './plans.ts';

const GATEWAY = '    gateway: 192.168.2.1\n';
const block = (line: string): string => changed(hybrid, GATEWAY, `${line}\n`);

/** What is said, without the standing end of the remedy. */
function syntax(text: string): string[] {
  return said(text).map((line) =>
    line.replace(/^(\S+) schema\/yaml-syntax: /, '$1 ').replace(/; nothing else under .*/, ''),
  );
}

describe('a mistake', () => {
  test.each([
    [
      'bracket of a list',
      changed(hybrid, 'dns: [192.168.2.1]', 'dns: [192.168.2.1'),
      '10:10 this bracket is never closed -> add ] where it ends',
    ],
    [
      'brace of a map',
      changed(flatBgp, 'dns: [192.168.2.1]}', 'dns: [192.168.2.1]'),
      '6:9 this bracket is never closed -> add } where it ends',
    ],
    [
      'inner brace',
      changed(flatBgp, 'home: 192.168.2.1}, ', 'home: 192.168.2.1, '),
      '8:15 this bracket is never closed -> add } where it ends',
    ],
    [
      'brace too many',
      changed(flatBgp, 'dns: [192.168.2.1]}', 'dns: [192.168.2.1]}}'),
      '6:90 this } closes nothing -> remove it, or add the opening bracket',
    ],
    ['double quote', changed(flatBgp, '"1.36"', '"1.36'), '4:23 this quote is never closed -> add " where it ends'],
    ['single quote', block("    gateway: '192.168.2.1"), "8:14 this quote is never closed -> add ' where it ends"],
    [
      'tab',
      block('\tgateway: 192.168.2.1'),
      '8:1 this line is indented with a tab -> indent with spaces: YAML does not allow tabs there',
    ],
    [
      'space too many',
      block('     gateway: 192.168.2.1'),
      '8:6 this line is indented further than the line before it, which already has a value -> indent it with spaces to the column of the keys that it belongs to',
    ],
    [
      'space too few',
      block('   gateway: 192.168.2.1'),
      '8:4 the indentation of this line does not match the lines around it -> indent it with spaces to the column of the keys that it belongs to',
    ],
    [
      'no colon',
      block('    gateway 192.168.2.1'),
      '8:5 this line is not of the form key: value -> write key: value, with a colon and a space between them',
    ],
    [
      'no space after the colon',
      block('    gateway:192.168.2.1'),
      '8:5 this line is not of the form key: value -> write gateway: 192.168.2.1, with a space after the colon',
    ],
    [
      'two keys in one line',
      block('    gateway: vlan: 5'),
      '8:14 this line has two colons -> write one key per line, or put the value in quotes',
    ],
    ['at sign', block('    gateway: @home'), '8:14 a value cannot start with @ -> put the value in quotes'],
    ['percent sign', block('    gateway: %home'), '8:14 a value cannot start with % -> put the value in quotes'],
    [
      'star alone',
      block('    gateway: *'),
      '8:14 a name is missing after & or * -> put a value that starts with & or * in quotes',
    ],
    [
      'comma missing',
      changed(flatBgp, 'gateway: 192.168.2.1, ', 'gateway: 192.168.2.1 '),
      '6:43 a comma or a closing bracket is missing in this line -> separate the entries in { } and [ ] with commas, and close every bracket',
    ],
    [
      'backslash',
      changed(flatBgp, '"1.36"', '"1\\q36"'),
      '4:25 \\q is not an escape sequence of double quotes -> write the value in single quotes, or the backslash twice',
    ],
    [
      'pattern without quotes inside braces',
      flatBgp.replace(/nodes:\n.*\n/, 'nodes: {node{1..3}: {interfaces: {eth0: {network: home, address: dhcp}}}}\n'),
      '9:9 node{1..3} has braces, which start a map inside { } -> write "node{1..3}"',
    ],
    [
      'number of a pattern without quotes inside braces',
      changed(flatBgp, '192.168.2.225', '192.168.2.{}'),
      '10:89 192.168.2.{} has braces, which start a map inside { } -> write "192.168.2.{}"',
    ],
    [
      'list item among keys',
      block('    - gateway'),
      '8:5 a list item (dash) is among the keys of a map -> write key: value, or indent the list under its key',
    ],
    [
      'top-level key without colon',
      changed(hybrid, 'networks:', 'networks'),
      '5:1 this line is not of the form key: value -> write key: value, with a colon and a space between them',
    ],
    [
      'stray line',
      changed(hybrid, 'routers:', 'hello world\nrouters:'),
      '20:1 this line is not of the form key: value -> write key: value, with a colon and a space between them',
    ],
    [
      'top-level key indented',
      changed(hybrid, 'routers:', ' routers:'),
      '20:2 the indentation of this line does not match the lines around it -> indent it with spaces to the column of the keys that it belongs to',
    ],
    [
      'first line indented',
      changed(flatBgp, 'version: 1', '  version: 1'),
      '2:3 this line is indented but belongs to no key -> start the top-level keys of a plan in the first column',
    ],
    [
      'two anchors',
      block('    gateway: &a &b 192.168.2.1'),
      '8:17 this is not YAML: a node can have at most one anchor -> correct it here, or write it as in docs/plan.md',
    ],
    [
      'dash in the middle',
      block('    gateway: - 192.168.2.1'),
      '8:14 - does not belong here -> remove it; or put the value that it belongs to in quotes',
    ],
  ])('%s', (_, text, expected) => {
    expect(syntax(text)).toEqual([expected]);
  });

  test('says what was not checked', () => {
    const [finding] = errorsOf(block('    gateway: @home'));
    expect(finding?.remedy).toBe('put the value in quotes; nothing else under networks was checked');
    expect(finding?.path).toEqual(['networks']);
  });
});

describe('other sections', () => {
  test('are checked all the same', () => {
    let text = changed(flatBgp, 'dns: [192.168.2.1]}', 'dns: [192.168.2.1]');
    text = changed(text, 'mode: routed', 'mode: rooted');
    text = changed(text, '192.168.6.0/24', '192.168.6.1/24');
    expect(placed(text)).toEqual(['6:9 schema/yaml-syntax', '11:14 schema/value', '12:25 addresses/host-bits']);
  });

  test('one mistake in each of them comes out at once', () => {
    const text = 'version: "1\ncluster: [\nkubernetes: {a\nnetworks: @\nrouters: "\nnodes:\n\tx: 1\npods: }\n';
    expect(placed(text)).toEqual([
      '1:10 schema/yaml-syntax',
      '2:10 schema/yaml-syntax',
      '3:13 schema/yaml-syntax',
      '4:11 schema/yaml-syntax',
      '5:10 schema/yaml-syntax',
      '7:1 schema/yaml-syntax',
      '8:7 schema/yaml-syntax',
    ]);
  });

  test('keep their anchors; one that went with a broken section is not missed', () => {
    let text = changed(flatBgp, 'subnet: 192.168.2.0/24', 'subnet: &lan 192.168.2.0/24');
    text = changed(text, 'subnet: 192.168.4.0/24', 'subnet: &pods 192.168.4.0/24');
    text = changed(text, 'subnet: 192.168.6.0/24', 'subnet: *lan');
    expect(placed(changed(text, 'mode: routed', 'mode: [routed'))).toEqual([
      '11:14 schema/yaml-syntax',
      '12:25 load-balancers/covers-network',
    ]);
    expect(placed(changed(text, 'clients: true', 'clients: @'))).toEqual(['6:70 schema/yaml-syntax']);
  });

  test('a text of brackets has no sections', () => {
    expect(placed('{\n"version": 1,\n"cluster": "x,\n"networks": {}\n}\n')).toHaveLength(1);
  });

  test('a text that is all mistakes is told so fifty times, not more', () => {
    expect(errorsOf('% hello\n'.repeat(5000))).toHaveLength(50);
  });
});

describe('depth', () => {
  test.each([
    ['brackets', changed(flatBgp, '"1.36"', '['.repeat(10_000)), '4:71'],
    ['braces', changed(flatBgp, '"1.36"', '{a: '.repeat(10_000)), '4:212'],
    ['dashes', changed(flatBgp, 'pods:', `pods: \n${'- '.repeat(10_000)}\nrest:`), '12:98'],
    ['closed brackets', changed(flatBgp, '"1.36"', '['.repeat(10_000) + ']'.repeat(10_000)), '4:71'],
  ])('of %s ends in a finding', (_, text, at) => {
    const all = said(text).filter((line) => line.includes('yaml-syntax'));
    expect(all).toEqual([
      `${at} schema/yaml-syntax: maps and lists are nested more than 50 levels deep here -> remove what does not belong in a plan; its deepest key is at level 8; nothing else under ${at.startsWith('4') ? 'kubernetes' : 'pods'} was checked`,
    ]);
  });

  test('of 10,000 levels of indentation is too long first', () => {
    const text = Array.from({ length: 10_000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');
    expect(errorsOf(text)).toHaveLength(1);
  });
});
