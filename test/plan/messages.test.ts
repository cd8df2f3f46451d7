/** Mistakes that people make, each in several writings: one finding, and what to write instead. */
import { describe, expect, test } from '@jest/globals';
import { changed, planText } from '../plans/fixtures.ts';
import { errorsOf, flatBgp, hybrid } from './plans.ts';

const multiSite = planText('multi-site');

/** The one remedy for this text. */
function remedy(text: string): string {
  const errors = errorsOf(text);
  expect(errors.map(({ code }) => code)).toHaveLength(1);
  return errors[0]?.remedy ?? '';
}

const IPV4 = 'flatlan supports IPv4 only for now';
const SECRET = 'Never write the secret itself in a plan; change it if it was ever committed';
const VARIABLES = 'write the value itself: a plan has no variables';
const STRAIGHT = 'use straight quotes (") in place of the typographic ones';

describe('a lease time in another notation', () => {
  test.each([
    ['86400', '24h'],
    ['"86400"', '24h'],
    ['24 hours', '24h'],
    ['1 day', '24h'],
    ['P1D', '24h'],
    ['PT90M', '90m'],
    ['24:00:00', '24h'],
    ['1d12h', '36h'],
    ['1w', '7d'],
    ['90', '90s'],
    ['infinite', 'it like 24h'],
  ])('%s', (lease, meant) => {
    expect(remedy(changed(hybrid, 'lease: 24h', `lease: ${lease}`))).toBe(`write ${meant}`);
  });
});

describe('IPv6', () => {
  test.each([
    ['gateway: 192.168.2.1,', 'gateway: 192.168.2.1, subnet6: "fd00::/64",'],
    ['gateway: 192.168.2.1,', 'gateway: 192.168.2.1, gatewayIPv6: "fd00::1",'],
    ['distribution: kubeadm', 'distribution: kubeadm, ipFamilies: [IPv4, IPv6]'],
    ['distribution: kubeadm', 'distribution: kubeadm, dual_stack: true'],
  ])('a key: %s', (from, to) => {
    expect(remedy(changed(flatBgp, from, to))).toBe(`remove it: ${IPV4}`);
  });

  test.each([
    ['subnet: 192.168.2.0/24', 'subnet: [192.168.2.0/24, "fd00::/64"]', '192.168.2.0/24'],
    ['services: 10.96.0.0/12', 'services: ["fd00::/108", 10.96.0.0/12]', '10.96.0.0/12'],
    ['gateway: 192.168.2.1', 'gateway: [192.168.2.1, "fd00::1"]', '192.168.2.1'],
    ['subnet: 192.168.6.0/24', 'subnet: "192.168.6.0/24,fd00::/64"', '192.168.6.0/24'],
  ])('beside IPv4: %s', (from, to, own) => {
    expect(remedy(changed(flatBgp, from, to))).toBe(`write ${own}: ${IPV4}`);
  });
});

describe('a password in the plan', () => {
  const own = 'passwordSecret: {name: flatlan-bgp-password, key: password}';

  test.each([
    'password: hunter2',
    'secret: hunter2',
    'authPassword: hunter2',
    'md5: hunter2',
    'passwordSecret: hunter2',
    'passwordSecret: {name: flatlan, key: password, value: hunter2}',
  ])('%s', (written) => {
    const text = changed(flatBgp, own, written);
    expect(remedy(text)).toContain(SECRET);
    expect(remedy(text)).toMatch(/passwordSecret|the name of the Secret/);
    expect(JSON.stringify(errorsOf(text))).not.toContain('hunter2');
  });

  test('of a router and of a link', () => {
    const router = changed(flatBgp, 'stateful: true', 'stateful: true, password: hunter2');
    expect(remedy(router)).toContain(`bgp.passwordSecret names. ${SECRET}`);
    const link = changed(multiSite, 'keySecret: a-vps', 'psk: hunter2');
    expect(remedy(link)).toBe(`did you mean keySecret? ${SECRET}`);
  });
});

describe('marks that no value has', () => {
  test.each([
    ['"1.36"', '“1.36”'],
    ['"1.36"', '„1.36“'],
    ['"1.36"', '«1.36»'],
    ['"1.36"', '`1.36`'],
    ['cluster: flat-bgp', 'cluster: ‘home’'],
    ['cluster: flat-bgp', 'cluster: “a: b”'],
    ['cluster: flat-bgp', '“cluster”: home'],
    ['mode: routed', 'mode: “routed”'],
    ['network: home, address', 'network: “home”, address'],
    ['services: 10.96.0.0/12', 'services: “10.96.0.0/12”'],
    ['rancher: {', '“node{1..3}”: {'],
  ])('typographic quotes: %s as %s', (from, to) => {
    expect(remedy(changed(flatBgp, from, to))).toMatch(STRAIGHT);
  });

  test.each([
    ['stateful: true', 'stateful: ‘true’', 'write true'],
    ['asn: 64512', 'asn: “64512”', 'write 64512, without quotes'],
  ])('typographic quotes where none belong: %s', (from, to, wanted) => {
    expect(remedy(changed(flatBgp, from, to))).toBe(wanted);
  });

  test.each(['cluster:\u00a0flat-bgp', 'cluster: flat\u200bbgp'])('a space that is none: %j', (to) => {
    expect(remedy(changed(flatBgp, 'cluster: flat-bgp', to))).toMatch(/^retype the spaces/);
  });

  test.each([
    ['subnet: 192.168.6.0/24', 'subnet: ${LB_CIDR}'],
    ['subnet: 192.168.6.0/24', 'subnet: "${LB_CIDR:=10.0.0.0/24}"'],
    ['subnet: 192.168.6.0/24', 'subnet: $LB_CIDR'],
    ['subnet: 192.168.6.0/24', 'subnet: $(LB_CIDR)'],
    ['subnet: 192.168.6.0/24', 'subnet: {{ cidr }}'],
    ['subnet: 192.168.6.0/24', 'subnet: "{{ .Values.cidr }}"'],
    ['subnet: 192.168.6.0/24', 'subnet: <lb-cidr>'],
    ['subnet: 192.168.6.0/24', 'subnet: %CIDR%'],
    ['mode: routed', 'mode: "${MODE}"'],
    ['asn: 64512', 'asn: "${ASN}"'],
    ['stateful: true', 'stateful: $STATEFUL'],
    ['network: home, address', 'network: $NETWORK, address'],
  ])('variables: %s as %s', (from, to) => {
    expect(remedy(changed(flatBgp, from, to))).toContain(VARIABLES);
  });
});

describe('the two ends of a link', () => {
  test.each([
    ['[home-a, home-b, vps]', 'name two routers; three routers need a link for each pair'],
    ['[home-a]', 'name two routers; three routers need a link for each pair'],
    ['home-a', 'write a list of two, such as [home-a, home-b]'],
    ['{from: home-a, to: vps}', 'write a list of two, such as [home-a, vps]'],
    ['home-a and vps', 'write a list of two, such as [home-a, vps]'],
    ['home-a <-> vps', 'write a list of two, such as [home-a, vps]'],
  ])('%s', (between, wanted) => {
    expect(remedy(changed(multiSite, 'between: [home-a, vps]', `between: ${between}`))).toBe(wanted);
  });
});

describe('a number with its unit', () => {
  test.each([
    ['bgp: {', 'bgp: {hold: 9s, ', 9],
    ['bgp: {', 'bgp: {hold: 9 seconds, ', 9],
    ['bgp: {', 'bgp: {hold: 9000ms, ', 9],
    ['bgp: {', 'bgp: {hold: 1m, ', 60],
    ['asn: 64512', 'asn: AS64512', 64512],
    ['asn: 64512', 'asn: ASN 64512', 64512],
    ['asn: 64512', 'asn: 0.64512', 64512],
    ['asn: 64512', 'asn: "1.10"', 65546],
    ['asn: 64512', 'asn: AS1.10', 65546],
    ['subnet: 192.168.4.0/24', 'subnet: 192.168.4.0/24, blockSize: /26', 26],
    ['clients: true', 'clients: true, vlan: VLAN 20', 20],
    ['clients: true', 'clients: true, mtu: 1500 bytes', 1500],
    ['clients: true', 'clients: true, mtu: 9k', 9000],
    ['clients: true', "clients: true, mtu: 9'000", 9000],
  ])('%s as %s', (from, to, number) => {
    expect(remedy(changed(flatBgp, from, to))).toBe(`write ${number}, without quotes`);
  });

  test('that means no number', () => {
    expect(remedy(changed(flatBgp, 'asn: 64512', 'asn: private'))).toBe('write a whole number, without quotes');
  });
});

describe('a list in place of a map', () => {
  const names = 'write a map with names as keys';
  const keys = 'write its keys without dashes and brackets';
  const [, routers = ''] = /^(routers:[^]*?)(?=^\w)/m.exec(flatBgp.slice(flatBgp.indexOf('routers:'))) ?? [];

  test.each([
    ['[{name: udm, software: unifi}]', `${names}: "udm:" in place of "- name: udm"`],
    ['[{id: udm, software: unifi}]', `${names}: "udm:" in place of "- id: udm"`],
    ['[{udm: {software: unifi}}]', `${names}: "udm:" in place of "- udm:"`],
    ['[udm]', `${names}, without dashes and brackets`],
  ])('routers: %s', (list, wanted) => {
    expect(remedy(changed(flatBgp, routers, `routers: ${list}\n`))).toBe(wanted);
  });

  test.each([
    [
      '{eth0: {network: home, address: 192.168.2.225}}',
      '[{name: eth0, network: home}]',
      `${names}: "eth0:" in place of "- name: eth0"`,
    ],
    ['{home: 192.168.2.1}', '[192.168.2.1]', `${names}, without dashes and brackets`],
    ['{subnet: 192.168.6.0/24}', '[{subnet: 192.168.6.0/24}]', keys],
    ['{subnet: 192.168.6.0/24}', '192.168.6.0/24', 'write loadBalancers: {subnet: 192.168.6.0/24}'],
    ['{mode: routed, network: home, subnet: 192.168.4.0/24}', '[mode: routed]', keys],
    ['{passwordSecret: {name: flatlan-bgp-password, key: password}}', '[hold: 9]', keys],
  ])('%s as %s', (from, to, wanted) => {
    expect(remedy(changed(flatBgp, from, to))).toBe(wanted);
  });
});

describe('a range in another notation', () => {
  test.each([
    '[192.168.2.38, 192.168.2.243]',
    '{from: 192.168.2.38, to: 192.168.2.243}',
    '{start: 192.168.2.38, end: 192.168.2.243}',
    '192.168.2.38 to 192.168.2.243',
    '192.168.2.38..192.168.2.243',
    '192.168.2.38 – 192.168.2.243',
    '192.168.2.38-243',
  ])('%s', (range) => {
    expect(remedy(changed(hybrid, '192.168.2.38-192.168.2.243', range))).toBe('write 192.168.2.38-192.168.2.243');
  });

  test.each([
    ['10.44.0.10-50', 'write 10.44.0.10-10.44.0.50'],
    ['10.44.0.0 - 10.44.0.255', 'write 10.44.0.0-10.44.0.255'],
    ['10.44.0.10 – 10.44.0.50', 'write 10.44.0.10-10.44.0.50'],
    ['10.44.0.50-10.44.0.10', 'write 10.44.0.10-10.44.0.50'],
    ['[10.44.0.0/24, 10.45.0.0/24]', 'write one value only, such as 10.44.0.0/24'],
  ])('of load balancers: %s', (range, wanted) => {
    expect(remedy(changed(flatBgp, 'subnet: 192.168.6.0/24', `subnet: ${range}`))).toBe(wanted);
    if (!range.includes('/'))
      expect(remedy(changed(flatBgp, 'subnet: 192.168.6.0/24', `range: ${range}`))).toBe(wanted);
  });

  test.each(['10.44.0.16-10.44.0.31', '10.44.0.0-10.44.0.255'])('load balancers take it: %s', (range) => {
    for (const key of ['range', 'subnet'])
      expect(errorsOf(changed(flatBgp, 'subnet: 192.168.6.0/24', `${key}: ${range}`))).toEqual([]);
    const bare = changed(flatBgp, 'loadBalancers: {subnet: 192.168.6.0/24}', `loadBalancers: ${range}`);
    expect(remedy(bare)).toBe(`write loadBalancers: {range: ${range}}`);
  });

  test.each(['addresses: [10.44.0.10-10.44.0.50]', 'cidr: 10.44.0.0/24', 'blocks: [{cidr: 10.44.0.0/24}]'])(
    'in the words of another program: %s',
    (words) => {
      const pool = changed(flatBgp, 'loadBalancers: {subnet: 192.168.6.0/24}', `loadBalancers: {${words}}`);
      expect(remedy(pool)).toContain('write subnet: 10.44.0.0/24, or range: 10.44.0.10-10.44.0.50');
    },
  );

  test.each([
    [
      '10.44.0.10-10.44.0.50',
      'write one network: 10.44.0.0/26 contains the whole range, and 10.44.0.16/28 is the largest inside it',
    ],
    ['10.44.0.0-255', 'write 10.44.0.0/24'],
  ])('of pods, which have a network: %s', (range, wanted) => {
    expect(remedy(changed(flatBgp, 'subnet: 192.168.4.0/24', `subnet: ${range}`))).toBe(wanted);
  });
});

describe('a mistake in a node pattern is one finding that names the pattern', () => {
  const nodes = (address: string) =>
    changed(
      flatBgp,
      'rancher: {roles: [control-plane, worker], interfaces: {eth0: {network: home, address: 192.168.2.225}}}',
      `"node{11..13}": {roles: [control-plane], interfaces: {eth0: {network: home, address: ${address}}}}`,
    );

  test.each([
    ['192.168.2.225', 'use {} in the address: it is the number of the node', 1],
    ['"192.168.2.1.{}"', 'write four numbers from 0 to 255 separated by dots, such as 192.168.1.10, dhcp or none', 2],
    [
      '"192.168.2.{n}"',
      'write {} for the number of a node, in the values of a pattern such as "node{1..3}", dhcp or none',
      2,
    ],
    ['192.168.2.255', undefined, 2],
  ])('%s', (address, wanted, more) => {
    const all = errorsOf(nodes(address)).filter(({ code }) => code !== 'addresses/duplicate' || more === 1);
    expect(all).toHaveLength(1);
    expect(all[0]?.problem).toContain(`(and ${more} more of this kind in node{11..13})`);
    if (wanted !== undefined) expect(all[0]?.remedy).toBe(wanted);
  });

  test('two nodes with names of their own', () => {
    const text = changed(
      flatBgp,
      'nodes:\n',
      'nodes:\n  a: {interfaces: {eth0: {network: home, address: 192.168.2.225}}}\n',
    );
    expect(remedy(text)).toBe('give one of them another address; in a node pattern, use {} in the address');
  });
});

describe('a name of nothing is one finding, whatever it would have been', () => {
  /** Where names of networks, routers and attachments stand. */
  const references = (text: string) =>
    [...text.matchAll(/(?<=\bnetwork: |between: \[|between: \[[\w-]+, |attachments: \[)[\w-]+/g)].map(
      ({ 0: name, index }) => [name, index] as const,
    );
  const all = Object.entries({
    flatBgp,
    hybrid,
    multiSite,
    sameSubnet: planText('same-subnet'),
    dumbL2: planText('dumb-l2'),
  });

  describe.each(all)('%s', (_, text) => {
    test.each(references(text))('%s at %d', (name, index) => {
      for (const other of [name.toUpperCase(), `${name}x`, 'elsewhere']) {
        const errors = errorsOf(text.slice(0, index) + other + text.slice(index + name.length));
        expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/\/unknown/)]);
        if (other === name.toUpperCase()) expect(errors[0]?.remedy).toBe(`did you mean ${name}?`);
      }
    });
  });
});
