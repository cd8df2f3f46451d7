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
      )
        .filter(({ code }) => code !== 'platform/not-generated')
        .map(({ code, problem }) => `${code}: ${problem}`);
    expect(lan('192.168.2.100-192.168.2.199')).toEqual([]);
    expect(lan('192.168.3.64-192.168.3.127')).toEqual([
      'pods/few-blocks: 192.168.3.0/24 has 256 addresses, 4 blocks of 64 (/26), less 1 reserved; 2 nodes with 110 pods each need 2 x 2 = 4',
    ]);
    // From the LAN's first half on, and up to but for the broadcast address.
    expect(lan('192.168.2.200-192.168.3.254')).toEqual([
      'pods/too-few-blocks: 192.168.3.0/24 has 256 addresses, 4 blocks of 64 (/26), less 4 reserved: too few for 2 nodes, of which each takes one',
    ]);
    expect(lan('192.168.2.200-192.168.3.70')).toEqual([
      expect.stringContaining('block 192.168.3.64/26, not all'),
      expect.stringContaining('less 1 reserved'),
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
