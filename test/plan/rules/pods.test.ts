import { describe, expect, test } from '@jest/globals';
import { changed, findings, found, one } from './plan.ts';

describe('room for pods', () => {
  const pods = (text: string): string => changed(['subnet: 10.64.0.0/18', `subnet: ${text}`]);

  // Two nodes with 110 pods each.
  test.each([
    ['10.64.0.0/24', []],
    ['10.64.0.0/25', ['pods/few-blocks at pods.subnet']],
    ['10.64.0.0/26', ['pods/too-few-blocks at pods.subnet']],
    ['10.64.0.0/27', ['pods/smaller-than-block at pods.subnet']],
    ['10.64.0.0/24, blockSize: 25', []],
    ['10.64.0.0/24, blockSize: 24', ['pods/too-few-blocks at pods.subnet']],
    ['10.64.0.0/24, blockSize: 32', []],
    ['10.64.0.0/25, blockSize: 32', ['pods/few-blocks at pods.subnet']],
    ['10.64.0.1/32, blockSize: 32', ['pods/too-few-blocks at pods.subnet']],
  ])('%s', (text, expected) => {
    expect(found(pods(text))).toEqual(expected);
  });

  test('the remedy is a subnet that is wide enough', () => {
    for (const text of ['10.64.0.0/25', '10.64.0.0/26', '10.64.0.0/25, blockSize: 32', '10.64.0.0/23, blockSize: 22']) {
      const prefix = /at least \/([0-9]+)/.exec(one(pods(text)).remedy)?.[1] ?? '';
      const wider = found(pods(text.replace(/\/[0-9]+/, `/${prefix}`)));
      expect(wider.filter((finding) => !finding.startsWith('pods/few-blocks'))).toEqual([]);
      const narrower = found(pods(text.replace(/\/[0-9]+/, `/${Number(prefix) + 1}`)));
      expect(narrower).not.toEqual([]);
    }
  });

  test('where the number of nodes is no power of two, the remedy is the next one', () => {
    const c = '  c: {interfaces: {eth0: {network: k8s, address: 192.168.3.13}}}\npods: {';
    const text = pods('10.64.0.0/25').replace('pods: {', c);
    expect(one(text).remedy).toContain('at least /24,');
    expect(found(text.replace('10.64.0.0/25', '10.64.0.0/24'))).toEqual(['pods/few-blocks at pods.subnet']);
  });

  test('blocks that are reserved on the LAN are not counted', () => {
    const lan = (range: string): string[] =>
      findings(
        changed(
          ['  lan: {subnet: 192.168.2.0/24, gateway: 192.168.2.1}\n', ''],
          ['{k8s: 192.168.3.1, lan: 192.168.2.1}', '{k8s: 192.168.2.1}'],
          ['192.168.3.11', '192.168.2.11'],
          ['192.168.3.12', '192.168.2.12'],
          ['mode: routed', 'mode: on-lan'],
          ['10.64.0.0/18', '192.168.3.0/24'],
          [
            'subnet: 192.168.3.0/24, gateway: 192.168.3.1}',
            `subnet: 192.168.2.0/23, gateway: 192.168.2.1, dhcp: {server: edge, range: ${range}}}`,
          ],
        ),
      ).map(({ code, problem }) => `${code}: ${problem}`);
    expect(lan('192.168.2.100-192.168.2.199')).toEqual([]);
    expect(lan('192.168.3.64-192.168.3.127')).toEqual([
      'pods/few-blocks: 192.168.3.0/24 has 256 addresses, 4 blocks of 64 (/26), minus 1 reserved; 2 nodes with 110 pods each need 2 x 2 = 4 blocks',
    ]);
    // From the LAN's first half on, and up to but for the broadcast address.
    expect(lan('192.168.2.200-192.168.3.254')).toEqual([
      'pods/too-few-blocks: 192.168.3.0/24 has 256 addresses, 4 blocks of 64 (/26), minus 4 reserved: too few for 2 nodes, which take one each',
    ]);
    expect(lan('192.168.2.200-192.168.3.70')).toEqual([
      expect.stringContaining('addresses of block 192.168.3.64/26'),
      expect.stringContaining('minus 1 reserved'),
    ]);
  });
});

describe('the network that carries pods', () => {
  test("is each node's only one, be they different", () => {
    const text = changed(
      ['network: k8s, subnet', 'subnet'],
      ['network: k8s, address: 192.168.3.12', 'network: lan, address: 192.168.2.12'],
    );
    expect(found(text)).toEqual([]);
  });

  test('is one for on-lan pods', () => {
    const text = changed(
      ['mode: routed, network: k8s, subnet: 10.64.0.0/18', 'mode: on-lan, subnet: 192.168.3.128/25'],
      ['network: k8s, address: 192.168.3.12', 'network: lan, address: 192.168.2.12'],
    );
    expect(found(text)).toContain('pods/network-needed at pods.network');
  });
});

describe('pods/node-off-network leaves to other rules', () => {
  const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';

  test('a node without an interface', () => {
    expect(found(changed([b, 'b: {interfaces: {}}']))).toEqual(['nodes/no-interface at nodes.b.interfaces']);
  });

  test('a network that the plan has not', () => {
    expect(found(changed(['network: k8s, subnet', 'network: k9s, subnet']))).toEqual([
      'pods/unknown-network at pods.network',
    ]);
  });
});

describe('pods/bridged-ranges', () => {
  const bridged = (address: string, first: number, subnet = '192.168.3.0/24'): string[] =>
    found(
      changed(
        [
          'mode: routed, network: k8s, subnet: 10.64.0.0/18',
          `mode: bridged, network: k8s, perNode: {first: ${first}, count: 2}`,
        ],
        ['  k8s: {subnet: 192.168.3.0/24', `  k8s: {subnet: ${subnet}`],
        ['network: k8s, address: 192.168.3.11', 'network: k8s, bridge: br0, address: 192.168.3.11'],
        ['network: k8s, address: 192.168.3.12', `network: k8s, bridge: br0, address: ${address}`],
      ),
    ).filter((finding) => !finding.startsWith('pods/bridged-keys'));

  test('lie behind each node', () => {
    expect(bridged('192.168.3.22', 1)).toEqual([]);
  });

  test('a node outside its network is that, and has no range', () => {
    expect(bridged('192.168.4.12', 1)).toEqual(['addresses/outside-network at nodes.b.interfaces.eth0.address']);
  });

  test('beyond the last address there is none, whatever the network', () => {
    expect(bridged('255.255.255.12', 65534, '192.168.3.0/33')).toEqual([
      'addresses/syntax at networks.k8s.subnet',
      'pods/bridged-ranges at nodes.b.interfaces.eth0.address',
    ]);
  });
});

describe('pods/mode-keys', () => {
  const pods = (text: string): string[] =>
    found(changed(['pods: {mode: routed, network: k8s, subnet: 10.64.0.0/18}', `pods: {${text}}`])).filter((finding) =>
      finding.startsWith('pods/mode-keys'),
    );

  test.each([
    ['mode: routed', ['subnet']],
    ['mode: on-lan', ['subnet']],
    ['mode: bridged', ['network', 'perNode']],
    ['mode: bridged, network: k8s, perNode: {first: 1, count: 2}, subnet: 10.64.0.0/18', ['subnet']],
    [
      'mode: routed, subnet: 10.64.0.0/18, perNode: {first: 1, count: 2}, routes: [10.11.0.0/16]',
      ['perNode', 'routes'],
    ],
    ['mode: bridged, network: k8s, perNode: {first: 1, count: 2}, routes: [10.11.0.0/16]', []],
  ])('%s', (text, keys) => {
    expect(pods(text).sort()).toEqual(keys.map((key) => `pods/mode-keys at pods.${key}`).sort());
  });
});
