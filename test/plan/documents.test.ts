/** Whole texts: nothing, too much, something else than a plan. */
import { describe, expect, test } from '@jest/globals';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { changed } from '../plans/fixtures.ts';
import { flatBgp, placed, plans, said } from './plans.ts';

test.each(plans)('%s parses', (_, text) => {
  const { plan, findings } = parsePlan(text, 'plan.yaml');
  expect(findings).toEqual([]);
  expect(plan?.version).toBe(1);
});

describe('a text that says nothing', () => {
  test.each([
    ['no character', ''],
    ['comments', '# first\n\n# second\n'],
    ['blanks', ' \n\t\n\n'],
    ['a marker', '---\n'],
    ['null', 'null\n'],
    ['a byte order mark', '\uFEFF'],
  ])('%s', (_, text) => {
    const [only, ...more] = said(text);
    expect(only).toMatch(
      /^1:\d schema\/missing: the plan is empty -> start it with version: 1; docs\/plan.md describes/,
    );
    expect(more).toEqual([]);
  });
});

describe('something else than keys', () => {
  test.each([
    ['- version: 1\n- cluster: x\n', '1:1', 'a list'],
    ['hello world\n', '1:1', 'the text "hello world"'],
    ['# a number\n42\n', '2:1', 'the number 42'],
    ['true\n', '1:1', 'true'],
    ['[]\n', '1:1', 'a list'],
  ])('%j', (text, at, what) => {
    expect(said(text)).toEqual([
      `${at} schema/type: the plan is ${what}, but must be a map with keys such as version, cluster and networks -> docs/plan.md describes the values of this key`,
    ]);
  });
});

describe('several documents', () => {
  const SECOND =
    'schema/yaml-syntax: a second YAML document starts here, but a file contains one plan -> move it to a file of its own; nothing below this line was checked';

  test('the second one is pointed at, the first one checked', () => {
    const text = `---\n${changed(flatBgp, 'mode: routed', 'mode: rooted')}---\n${flatBgp}`;
    expect(placed(text)).toEqual(['12:14 schema/value', '15:1 schema/yaml-syntax']);
    expect(said(`${flatBgp}---\n# more\nversion: 1\n`)).toEqual([`14:1 ${SECOND}`]);
  });

  test('text after an end marker is one too', () => {
    expect(said(`${flatBgp}...\nversion: 1\n`)).toEqual([`14:1 ${SECOND}`]);
  });

  test.each([
    ['a start marker', `---\n${flatBgp}`],
    ['a start marker after comments', `# plan\n\n--- # here\n${flatBgp}`],
    ['an end marker', `${flatBgp}...\n`],
    ['an empty document at the end', `${flatBgp}---\n# nothing\n...\n---\n`],
    ['a marker inside a text', changed(flatBgp, 'cluster: flat-bgp', 'cluster: flat-bgp # --- not a marker')],
  ])('%s is fine', (_, text) => {
    expect(said(text)).toEqual([]);
  });
});

describe('a directive', () => {
  test('would bring YAML 1.1 back', () => {
    const text = `%YAML 1.1\n---\n${changed(flatBgp, 'clients: true', 'clients: yes')}`;
    expect(placed(text)).toEqual(['1:1 schema/yaml-syntax', '8:65 schema/type']);
  });

  test('a value in percent is none', () => {
    expect(placed(changed(flatBgp, 'cluster: flat-bgp', 'cluster: "50%"'))).toEqual(['3:10 nodes/name']);
  });
});

describe('the form of the text', () => {
  const mistake = changed(flatBgp, '192.168.2.0/24', '192.168.2.5/24');

  test('line ends of Windows change no place', () => {
    expect(placed(mistake.replaceAll('\n', '\r\n'))).toEqual(placed(mistake));
    expect(placed(mistake)).toEqual(['6:18 addresses/host-bits']);
  });

  test('a byte order mark is no column', () => {
    expect(placed(`\uFEFF${changed(flatBgp, 'version: 1', 'version: one').slice(flatBgp.indexOf('version'))}`)).toEqual(
      ['1:10 schema/value'],
    );
  });

  test('no line end at the end', () => {
    expect(placed(flatBgp.trimEnd())).toEqual([]);
  });

  test('JSON is YAML', () => {
    const text = JSON.stringify({ version: 1, cluster: 'Home' }, null, 2);
    expect(placed(text)).toContain('3:14 nodes/name');
  });

  test('a NUL character is no text', () => {
    expect(said('version: 1\0\n')).toEqual([
      '1:1 schema/yaml-syntax: this is not plain text: it contains a NUL character -> save the plan as UTF-8 text',
    ]);
  });

  test('5 MB are too much, and refused at once', () => {
    const text = 'a: 1\n'.repeat(2 ** 20);
    expect(said(text)).toEqual([
      '1:1 schema/yaml-syntax: the file has 5120 kB, more than 320 kB, and was not read -> use node patterns ("node{1..100}") for nodes that are alike',
    ]);
  });

  test('half a megabyte of marks is refused at once; that of 5,000 nodes is read', () => {
    expect(said(`a: [${'{},'.repeat(50_000)}]`)).toEqual([
      '1:1 schema/yaml-syntax: the file has 150003 marks of YAML (brackets, commas, colons, dashes, comments), more than 120000, and was not read -> use node patterns ("node{1..100}") for nodes that are alike',
    ]);
    const nodes = Array.from({ length: 5000 }, (_, i) => `n${i}: {interfaces: {eth0: {network: home, address: dhcp}}}`);
    expect(placed(`nodes: {${nodes.join(', ')}}\n`)).not.toContain('1:1 schema/yaml-syntax');
  });

  test('columns count what editors count: UTF-16 units, a tab as one', () => {
    expect(placed('cluster: ok\t# tab\nversion: 1\nöäü𝄞: 1\n')).toContain('3:1 schema/unknown-key');
    expect(placed(changed(flatBgp, 'cluster: flat-bgp', 'cluster: "ü𝄞"\t'))).toEqual(['3:10 nodes/name']);
    expect(placed(changed(flatBgp, 'networks:', 'networks: # ü𝄞'))).toEqual([]);
  });
});

describe('a newer plan', () => {
  test('is refused as such, whatever else it has', () => {
    const text = changed(changed(flatBgp, 'version: 1', 'version: 2'), 'pods:', 'podz:');
    expect(said(text)).toEqual([
      '2:10 schema/newer-version: this plan has version 2, but this flatlan supports version 1 -> install a newer flatlan',
    ]);
  });

  test.each(['0', '-1', '1.5', '.inf', '"1"', 'one', 'true', '[1]'])(
    'version %s is not newer, but wrong',
    (version) => {
      expect(placed(changed(flatBgp, 'version: 1', `version: ${version}`))).toEqual([
        version === '[1]' ? '2:1 schema/value' : '2:10 schema/value',
      ]);
    },
  );

  test('version 1.0 is 1', () => {
    expect(placed(changed(flatBgp, 'version: 1', 'version: 1.0'))).toEqual([]);
  });
});
