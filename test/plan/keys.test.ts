/** Keys: unknown, missing, twice, and those that are no names. */
import { describe, expect, test } from '@jest/globals';
import { changed } from '../plans/fixtures.ts';
import { dumbL2, flatBgp, hybrid, placed, said } from './plans.ts';

describe('an unknown key', () => {
  test.each([
    ['networks:', 'network:', '5:1', 'a plan has no key network', 'did you mean networks?'],
    ['networks:', 'Networks:', '5:1', 'a plan has no key Networks', 'did you mean networks?'],
    ['loadBalancers:', 'load-balancers:', '12:1', 'a plan has no key load-balancers', 'did you mean loadBalancers?'],
    ['loadBalancers:', 'loadbalancer:', '12:1', 'a plan has no key loadbalancer', 'did you mean loadBalancers?'],
    ['gateway:', 'getaway:', '6:34', 'networks.home has no key getaway', 'did you mean gateway?'],
    ['asn: 64512', 'ans: 64512', '8:34', 'routers.edgerouter has no key ans', 'did you mean asn?'],
    [
      'passwordSecret:',
      'password:',
      '13:7',
      'bgp has no key password',
      'did you mean passwordSecret? Never write the secret itself in a plan; change it if it was ever committed',
    ],
    [
      'clients: true',
      'clients: true, asn: 1',
      '6:71',
      'networks.home has no key asn',
      'asn is a key of routers.<name>',
    ],
    [
      'software: edgeos',
      'software: edgeos, gateway: 1',
      '8:34',
      'routers.edgerouter has no key gateway',
      'gateway is a key of networks.<name>',
    ],
    [
      'key: password}',
      'key: password, hint: x}',
      '13:67',
      'bgp.passwordSecret has no key hint',
      'the keys here are name, key',
    ],
    [
      '192.168.6.0/24}',
      '192.168.6.0/24, edgerouter: {}}',
      '12:41',
      'loadBalancers has no key edgerouter',
      'the keys here are subnet, range, router, autoAssign, avoidBuggyIPs',
    ],
  ])('%s -> %s', (from, to, at, problem, remedy) => {
    expect(said(changed(flatBgp, from, to))).toEqual([`${at} schema/unknown-key: ${problem} -> ${remedy}`]);
  });

  test('does not make the key it stands for missing, nor what depends on it wrong', () => {
    expect(said(changed(flatBgp, 'home: {subnet: ', 'home: {subnetz: '))).toHaveLength(1);
    expect(said(changed(hybrid, 'routers:', 'router:'))).toHaveLength(1);
  });

  test('keeps a key that is there as well', () => {
    const text = changed(flatBgp, 'pods: {mode: routed', 'pods: {mod: routed, mode: rooted');
    expect(placed(text)).toEqual(['11:8 schema/unknown-key', '11:27 schema/value']);
  });

  test('is shown short', () => {
    const [line] = said(`${flatBgp}${'x'.repeat(900)}: 1\n`);
    expect(line?.length).toBeLessThan(400);
  });
});

describe('a missing key', () => {
  test.each([
    ['version: 1\n', '2:1', 'version is missing', 'add it, such as version: 1'],
    ['cluster: flat-bgp\n', '2:1', 'cluster is missing', 'add it, such as cluster: home'],
    ['subnet: 192.168.2.0/24, ', '6:3', 'networks.home.subnet is missing', 'add it, such as subnet: 192.168.2.0/24'],
    ['version: "1.36", ', '4:1', 'kubernetes.version is missing', 'add it, such as version: "1.36"'],
    ['mode: routed, ', '11:1', 'pods.mode is missing', 'add it; docs/plan.md describes its value'],
    [
      ', address: 192.168.2.225',
      '10:58',
      'nodes.rancher.interfaces.eth0.address is missing',
      'add it, such as address: 192.168.2.225',
    ],
  ])('%j', (key, at, problem, remedy) => {
    expect(said(changed(flatBgp, key, ''))).toEqual([`${at} schema/missing: ${problem} -> ${remedy}`]);
  });

  test("a router's AS number, where it speaks BGP", () => {
    expect(said(changed(flatBgp, 'asn: 64512, ', ''))).toEqual([
      '8:3 bgp/no-asn: routers.edgerouter.asn is missing: it speaks BGP with nodes or other routers -> add it, such as asn: 64512',
    ]);
  });

  test('all at once, and nothing about names in a section that is not there', () => {
    expect(placed('version: 1\n')).toEqual(Array.from({ length: 5 }, () => '1:1 schema/missing'));
    const text = flatBgp.replace(/networks:\n.*\n/, '');
    expect(said(text)).toEqual(['2:1 schema/missing: networks is missing -> add it; docs/plan.md describes its value']);
  });
});

describe('a key that stands twice', () => {
  test('in block style', () => {
    const text = changed(hybrid, '    clients: true\n', '    clients: true\n    clients: false\n');
    expect(said(text)).toEqual([
      '10:5 schema/duplicate-key: networks.lan.clients is written a second time here; the first is in line 9 -> keep one of the two: programs differ in which one they use',
    ]);
  });

  test.each([
    ['in flow style', changed(flatBgp, 'clients: true', 'clients: true, clients: true'), '6:71'],
    ['once in quotes', changed(flatBgp, 'clients: true', 'clients: true, "clients": true'), '6:71'],
    ['as a section', `${flatBgp}networks:\n  other: {subnet: 10.0.0.0/33}\n`, '14:1'],
    ['as a node', changed(flatBgp, '  rancher:', '  rancher: {}\n  rancher:'), '11:3'],
    [
      'in a pattern',
      changed(
        dumbL2,
        'network: data, bridge: br0, address: "',
        'network: data, network: data, bridge: br0, address: "',
      ),
      '8:55',
    ],
  ])('%s', (_, text, at) => {
    expect(placed(text).filter((line) => line.startsWith(at))).toEqual([`${at} schema/duplicate-key`]);
  });

  test('has no value, so that nothing else is said about it', () => {
    const text = changed(flatBgp, 'subnet: 192.168.4.0/24', 'subnet: 192.168.4.0/24, subnet: 192.168.2.0/24');
    expect(placed(text)).toEqual(['11:61 schema/duplicate-key']);
    expect(placed(`${flatBgp}networks: {}\n`)).toEqual(['14:1 schema/duplicate-key']);
  });

  test('three times are two findings', () => {
    expect(placed(`${flatBgp}version: 1\nversion: 1\n`)).toEqual([
      '14:1 schema/duplicate-key',
      '15:1 schema/duplicate-key',
    ]);
  });
});

describe('keys that are no names', () => {
  const inNetworks = (line: string): string[] => said(changed(flatBgp, '  home:', `  ${line}\n  home:`));

  test('numbers are what is written', () => {
    expect(inNetworks('1: {subnet: 10.1.0.0/24}')).toEqual([]);
    expect(inNetworks('1.10: {subnet: 10.1.0.0/24}')).toEqual([
      '6:3 nodes/name: networks: 1.10 is not a name: lowercase letters, digits and dashes, at most 63 characters, with a letter or digit at both ends -> rename it, for example to 1-10',
    ]);
  });

  test('null, true and no are what is written', () => {
    for (const key of ['null', 'true', 'no']) expect(inNetworks(`${key}: {subnet: 10.1.0.0/24}`)).toEqual([]);
    expect(inNetworks('~: {subnet: 10.1.0.0/24}').join()).toMatch(/^6:3 nodes\/name: networks: ~ is not a name/);
  });

  test.each(['? [a, b]\n  : {subnet: 10.1.0.0/24}', '? {a: b}\n  : 1', '[a]: 1'])('%j is a list or a map', (line) => {
    expect(inNetworks(line)).toEqual([
      expect.stringMatching(/^6:[35] schema\/unknown-key: a key cannot be a list, a map or an alias -> write a name$/),
    ]);
  });

  test('no key', () => {
    expect(inNetworks(': {subnet: 10.1.0.0/24}')).toEqual([
      '6:3 schema/unknown-key: a key is missing before this colon -> write a name',
    ]);
  });

  test('an empty text', () => {
    expect(inNetworks('"": {subnet: 10.1.0.0/24}').join()).toMatch(
      /^6:3 nodes\/name: networks: "" is not a name: .* -> rename it$/,
    );
  });

  test('__proto__, which objects take for something else', () => {
    expect(inNetworks('__proto__: {subnet: 10.1.0.0/24}')).toEqual([
      '6:3 schema/unknown-key: __proto__ cannot be a key -> rename it',
    ]);
    expect(placed(`__proto__: {version: 1}\n${flatBgp}`)).toEqual(['1:1 schema/unknown-key']);
    expect(({} as Record<string, unknown>).version).toBeUndefined();
  });

  test.each(['constructor', 'hasOwnProperty', 'toString'])('%s, which every object has', (name) => {
    expect(inNetworks(`${name}: {subnet: 10.1.0.0/24}`)).toEqual([expect.stringMatching(/^6:3 nodes\/name: /)]);
    expect(placed(`${name}: 1\n${flatBgp}`)).toEqual(['1:1 schema/unknown-key']);
    expect(placed(changed(flatBgp, 'network: home, address', `network: ${name}, address`))).toHaveLength(1);
    expect(placed(changed(flatBgp, 'eth0: {network', `${name}: {network`))).toHaveLength(1);
  });

  test('a name with capitals does not make its users wrong', () => {
    expect(said(changed(flatBgp, '  home:', '  Home Net:'))).toEqual([
      '6:3 nodes/name: networks: "Home Net" is not a name: lowercase letters, digits and dashes, at most 63 characters, with a letter or digit at both ends -> rename it, for example to home-net',
    ]);
  });

  test('what stands under a name that is none is checked all the same', () => {
    const text = changed(flatBgp, '  home: {subnet: 192.168.2.0/24', '  Home: {subnet: 192.168.2.5/24');
    expect(placed(text)).toEqual(['6:3 nodes/name', '6:18 addresses/host-bits']);
  });
});
