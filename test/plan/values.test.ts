/** Values of the wrong kind: what is said, and that no word of the libraries gets through. */
import { describe, expect, test } from '@jest/globals';
import { routers } from '../../cdk8s/platforms/routers/index.ts';
import { listed } from '../../cdk8s/plan/wording.ts';
import { changed } from '../plans/fixtures.ts';
import { errorsOf, flatBgp, hybrid, placed, said } from './plans.ts';

describe('YAML 1.1 habits', () => {
  test.each(['yes', 'Yes', 'on', 'ON', 'y', '"true"'])('%s for true', (word) => {
    const shown = word.replaceAll('"', '');
    expect(said(changed(flatBgp, 'clients: true', `clients: ${word}`))).toEqual([
      `6:65 schema/type: networks.home.clients is the text ${shown}, but must be true or false -> write true`,
    ]);
  });

  test.each(['no', 'NO', 'off', 'n'])('%s for false', (word) => {
    expect(said(changed(flatBgp, 'stateful: true', `stateful: ${word}`))).toEqual([
      `8:88 schema/type: routers.edgerouter.stateful is the text ${word}, but must be true or false -> write false`,
    ]);
  });

  test('1 for true', () => {
    expect(said(changed(flatBgp, 'clients: true', 'clients: 1'))).toEqual([
      '6:65 schema/type: networks.home.clients is the number 1, but must be true or false -> write true or false',
    ]);
  });

  test.each(['1.36', '1.30'])('version %s without quotes is shown as it is written', (version) => {
    expect(said(changed(flatBgp, '"1.36"', version))).toEqual([
      `4:23 schema/type: kubernetes.version is the number ${version}, but must be text such as "1.36" -> put it in quotes: "${version}"`,
    ]);
  });

  test.each(['1.3e1', '136'])('a number that quotes do not help, version %s, shows an example', (version) => {
    expect(said(changed(flatBgp, '"1.36"', version))).toEqual([
      `4:23 schema/type: kubernetes.version is the number ${version}, but must be text such as "1.36" -> write the minor version in quotes, such as "1.36"`,
    ]);
  });

  test('true and TRUE are true', () => {
    for (const word of ['True', 'TRUE'])
      expect(placed(changed(flatBgp, 'stateful: true', `stateful: ${word}`))).toEqual([]);
  });
});

describe('numbers', () => {
  const mtu = (text: string): string[] => said(changed(hybrid, 'mtu: 9000', `mtu: ${text}`));

  test.each(['9_000', '9,000', '"9000"', "'9000'", '"9 000"'])('%s is text', (text) => {
    const shown = text === '"9 000"' ? text : text.replace(/['"]/g, '');
    expect(mtu(text)).toEqual([
      `17:10 schema/type: networks.k8s.mtu is the text ${shown}, but must be a whole number -> write 9000, without quotes`,
    ]);
  });

  test.each(['09000', '0x2328', '0o21450', '00'])('%s is not read alike by all programs', (text) => {
    expect(mtu(text)).toEqual([
      `17:10 schema/value: networks.k8s.mtu is ${text}, which programs read as different values -> write ${Number(text)}, or put it in quotes if it is a name`,
    ]);
  });

  test.each(['1500.5', '.inf', '-.inf', '.nan'])('%s is not whole', (text) => {
    expect(mtu(text)).toEqual([
      `17:10 schema/type: networks.k8s.mtu is the number ${text}, but must be a whole number -> write a whole number, without quotes`,
    ]);
  });

  test.each(['9.0e3', '9000.0', '+9000'])('%s is 9000', (text) => {
    expect(mtu(text)).toEqual([]);
  });

  test('far too large', () => {
    expect(mtu('1e300')).toEqual([
      "17:10 schema/value: networks.k8s.mtu can't be the number 1e300 -> write a smaller number",
    ]);
  });

  test.each([
    ['575', 'mtu/range: networks.k8s.mtu: MTU 575 is outside 576 to 9216 -> write 1500, or leave it out'],
    ['9217', 'mtu/range: networks.k8s.mtu: MTU 9217 is outside 576 to 9216 -> write 1500, or leave it out'],
  ])('%s is out of bounds', (text, expected) => {
    expect(mtu(text)).toEqual([`17:10 ${expected}`]);
  });

  test.each(['0', '-1', '23456', '65535', '2147483648', '4294967296'])('AS %s', (asn) => {
    expect(placed(changed(flatBgp, '64512', asn))).toEqual(['8:39 bgp/asn-range']);
  });
});

describe('nothing', () => {
  test.each([
    ['networks', 'networks:\n  home', 'networks:\nunused:\n  home', 'a map of names'],
    ['pods', 'pods: {mode: routed, network: home, subnet: 192.168.4.0/24}', 'pods:', 'a map of keys'],
    ['pods', 'pods: {mode: routed, network: home, subnet: 192.168.4.0/24}', 'pods: ~', 'a map of keys'],
  ])('under %s', (key, from, to, what) => {
    const lines = said(changed(flatBgp, from, to)).filter((line) => line.includes('empty'));
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^\\d+:[17] schema/type: ${key} is empty, but must be ${what} -> give it a value, or remove the key$`,
        ),
      ),
    ]);
  });

  test('where a value belongs shows an example', () => {
    expect(said(changed(flatBgp, 'gateway: 192.168.2.1', 'gateway: '))).toEqual([
      '6:34 schema/type: networks.home.gateway is empty, but must be text such as 192.168.2.1 -> write one, such as 192.168.2.1',
    ]);
  });

  test('optional sections as well', () => {
    expect(placed(`${flatBgp}links:\nattachments:\napps:\nversions:\n`)).toEqual(
      [14, 15, 16, 17].map((line) => `${line}:1 schema/type`),
    );
  });
});

describe('what people write in place of a value', () => {
  test.each([
    [
      'subnet: 192.168.2.0/24',
      'subnet: 192.168.2.0/24, subnet6: "fd00::/64"',
      'remove it: flatlan supports IPv4 only for now',
    ],
    ['subnet: 192.168.2.0/24', 'subnet: "${SUBNET}"', 'write the value itself: a plan has no variables'],
    [
      'subnet: 192.168.2.0/24',
      'subnet: ${SUBNET}',
      'write the value itself: a plan has no variables; nothing else under networks was checked',
    ],
    [
      'subnet: 192.168.2.0/24',
      'subnet: 192.168.2.1-192.168.2.9',
      'write one network: 192.168.2.0/28 contains the whole range, and 192.168.2.4/30 is the largest inside it',
    ],
    ['"1.36"', '\u201c1.36\u201d', 'use straight quotes (") in place of the typographic ones'],
    [
      'clients: true',
      'clients: true, dhcp: {server: x, range: [192.168.2.100, 192.168.2.199]}',
      'write 192.168.2.100-192.168.2.199',
    ],
    [
      'clients: true',
      'clients: true, dhcp: {server: x, range: 192.168.2.100-192.168.2.199, lease: 86400}',
      'write 24h',
    ],
    ['version: 1\n', 'version: 1\nbgp: {hold: 9s}\n', 'write 9, without quotes'],
    [
      'version: 1\n',
      'version: 1\nlinks: {a: {between: [x, y, z], kind: ipsec, subnet: 10.0.0.0/30, mtu: 1400}}\n',
      'name two routers; three routers need a link for each pair',
    ],
    [
      'version: 1\n',
      'version: 1\nlinks:\n  - name: a-b\n',
      'write a map with names as keys: "a-b:" in place of "- name: a-b"',
    ],
  ])('%s -> %s', (from, to, remedy) => {
    const text = from === 'version: 1\n' ? flatBgp.replace(/^bgp:.*\n(?: .*\n)*/m, '') : flatBgp;
    expect(errorsOf(changed(text, from, to)).map((finding) => finding.remedy)).toContain(remedy);
  });

  test('a password is not a key, and its value is not repeated', () => {
    const text = `${flatBgp.replace(/^bgp:.*\n(?: .*\n)*/m, '')}bgp: {password: hunter2}\n`;
    expect(said(text).map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'schema/unknown-key: bgp has no key password -> did you mean passwordSecret? Never write the secret itself in a plan; change it if it was ever committed',
    ]);
  });
});

describe('another kind of value', () => {
  test.each([
    [
      'gateway: 192.168.2.1',
      'gateway: [192.168.2.1]',
      '6:34 schema/type: networks.home.gateway is a list, but must be text such as 192.168.2.1 -> write the value alone, without brackets or dash',
    ],
    [
      'gateway: 192.168.2.1',
      'gateway: {a: 1}',
      '6:34 schema/type: networks.home.gateway is a map, but must be text such as 192.168.2.1 -> docs/plan.md describes the values of this key',
    ],
    [
      'dns: [192.168.2.1]',
      'dns: 192.168.2.1',
      '6:76 schema/type: networks.home.dns is the text 192.168.2.1, but must be a list -> write a list: [192.168.2.1]',
    ],
    [
      '[control-plane, worker]',
      'worker',
      '10:20 schema/type: nodes.rancher.roles is the text worker, but must be a list -> write a list: [worker]',
    ],
    ['[control-plane, worker]', '[]', '10:13 schema/value: nodes.rancher.roles is an empty list -> write at least one'],
    [
      'asn: 64512',
      'asn: AS64512',
      '8:39 schema/type: routers.edgerouter.asn is the text AS64512, but must be a whole number -> write 64512, without quotes',
    ],
    [
      'asn: 64512',
      'asn: true',
      '8:39 schema/type: routers.edgerouter.asn is true, but must be a whole number -> write a whole number, without quotes',
    ],
    [
      'home: {subnet: 192.168.2.0/24, gateway: 192.168.2.1, clients: true, dns: [192.168.2.1]}',
      'home: 192.168.2.0/24',
      '6:9 schema/type: networks.home is the text 192.168.2.0/24, but must be a map of keys -> write home: {subnet: 192.168.2.0/24}',
    ],
  ])('%s -> %s', (from, to, expected) => {
    expect(said(changed(flatBgp, from, to))).toEqual([expected]);
  });

  test('a list where names belong', () => {
    const text = changed(flatBgp, 'networks:\n  home:', 'networks:\n  - home:');
    expect(said(text)).toEqual([
      '5:1 schema/type: networks is a list, but must be a map of names -> write a map with names as keys: "home:" in place of "- home:"',
    ]);
  });
});

describe('one of several words', () => {
  test.each([
    [
      'mode: routed',
      'mode: router',
      '11:14 schema/value: pods.mode is the text router, but must be routed, bridged, on-lan or existing -> did you mean routed?',
    ],
    [
      'mode: routed',
      'mode: overlay',
      '11:14 schema/value: pods.mode is the text overlay, but must be routed, bridged, on-lan or existing -> write routed, bridged, on-lan or existing',
    ],
    [
      'mode: routed',
      'mode: 5',
      '11:14 schema/value: pods.mode is the number 5, but must be routed, bridged, on-lan or existing -> write routed, bridged, on-lan or existing',
    ],
    [
      'mode: routed',
      'mode: ',
      '11:8 schema/value: pods.mode is empty, but must be routed, bridged, on-lan or existing -> write routed, bridged, on-lan or existing',
    ],
    [
      'software: edgeos',
      'software: EdgeOS',
      `8:26 schema/value: routers.edgerouter.software is the text EdgeOS, but must be ${listed(Object.keys(routers))} -> did you mean edgeos?`,
    ],
    [
      'worker]',
      'master]',
      '10:36 schema/value: nodes.rancher.roles is the text master, but must be control-plane or worker -> write control-plane or worker',
    ],
  ])('%s -> %s', (from, to, expected) => {
    expect(said(changed(flatBgp, from, to))).toEqual([expected]);
  });

  test('a word or an address', () => {
    const address = (text: string): string[] => said(changed(hybrid, 'address: dhcp', `address: ${text}`));
    expect(address('dchp')).toEqual([
      '27:76 schema/value: nodes.node1.interfaces.eth0.address is the text dchp, but must be dhcp or none -> did you mean dhcp?',
    ]);
    expect(address('auto')).toEqual([
      '27:76 addresses/syntax: nodes.node1.interfaces.eth0.address: auto is not an IPv4 address -> write four numbers from 0 to 255 separated by dots, such as 192.168.1.10, dhcp or none',
    ]);
    expect(address('5')).toEqual([
      '27:76 schema/type: nodes.node1.interfaces.eth0.address is the number 5, but must be text such as 192.168.2.225 -> write it like 192.168.2.225, dhcp or none',
    ]);
  });
});

describe('addresses', () => {
  test.each([
    [
      '192.168.2.5/24',
      'addresses/host-bits',
      'write 192.168.2.0/24 for the network, or 192.168.2.5/32 for this single address',
    ],
    ['192.168.02.0/24', 'addresses/octal', 'write 192.168.2.0/24'],
    [
      '192.168.2.0',
      'addresses/syntax',
      'write 192.168.2.0/32 for this single address, or the network that contains it, such as 192.168.2.0/24',
    ],
    ['192.168.2.0/33', 'addresses/syntax', undefined],
    ['fd00::/64', 'addresses/ipv6', 'write an IPv4 network'],
    [
      '192.168.{}.0/24',
      'addresses/syntax',
      '{} works only in the values of a node pattern such as "node{1..3}", where it is the number; write the value itself here',
    ],
  ])('subnet %s', (subnet, code, remedy) => {
    const [finding, ...more] = errorsOf(changed(flatBgp, 'subnet: 192.168.2.0/24', `subnet: "${subnet}"`));
    expect(more).toEqual([]);
    expect(finding?.code).toBe(code);
    if (remedy !== undefined) expect(finding?.remedy).toBe(remedy);
    expect(finding?.problem).toMatch(/^networks\.home\.subnet: /);
  });

  test('a very long one is shown short', () => {
    const [line] = said(changed(flatBgp, '192.168.2.0/24', 'x'.repeat(100_000)));
    expect(line?.length).toBeLessThan(300);
  });
});

describe('a secret in the wrong place is not repeated', () => {
  test.each([
    ['{name: flatlan-bgp-password, key: password}', 'hunter2!'],
    ['{name: flatlan-bgp-password, key: password}', '[hunter2!]'],
    ['flatlan-bgp-password', '"hunter2!"'],
    ['key: password', 'key: "hunter2!"'],
    ['key: password', 'key: ["hunter2!"]'],
  ])('%s -> %s', (from, to) => {
    const lines = said(changed(flatBgp, from, to));
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain('hunter2');
  });
});

test('no word of zod or of JavaScript gets through', () => {
  const hostile = [
    '5',
    'true',
    '~',
    '[]',
    '[1]',
    '{}',
    '{a: 1}',
    '""',
    '"x y"',
    '1.5',
    '.inf',
    '-1',
    '1e300',
    '"{}"',
    '2001-01-01',
  ];
  const words =
    /\b(expected|received|invalid|undefined|NaN|object|string|array|boolean|regex|pattern \/|\[object)\b|null/i;
  const lines = new Set<string>();
  for (const text of [flatBgp, hybrid])
    for (const { 0: value, index } of text.matchAll(/(?<=: )(?:"[^"]*"|[\w./-]+)|\[[^[\]]*\]|\{[^{}]*\}/g))
      for (const other of hostile)
        for (const { problem, remedy } of errorsOf(text.slice(0, index) + other + text.slice(index + value.length)))
          lines.add(`${problem} -> ${remedy}`);
  expect(lines.size).toBeGreaterThan(300);
  expect([...lines].filter((line) => words.test(line) || /[.] ->|[.]$/.test(line))).toEqual([]);
});
