/** Static addresses in the writings of people who come from whereabouts, from the static plugin, or from a DHCP server. */
import { describe, expect, test } from '@jest/globals';
import { clusterValues } from '../../../cdk8s/helm/cluster-values.ts';
import { stepsText } from '../../../cdk8s/steps/index.ts';
import { changed, networkOf } from '../../plans/fixtures.ts';
import { errorsOf, hybrid } from '../plans.ts';

/** The attachment of hybrid with other addresses, and its app with further keys. */
function plan(addresses: string, app = '', more = ''): string {
  const attached = changed(hybrid, 'addresses: dhcp', `addresses: ${addresses}`);
  const withMore = changed(attached, 'namespaces: [smarthome]}', `namespaces: [smarthome]${more}}`);
  return changed(withMore, 'attachments: [layer2-bridge],', `attachments: [layer2-bridge],${app}`);
}

const own = (address: string): string => ` addresses: {layer2-bridge: ${address}},`;
const said = (text: string): string[] => errorsOf(text).map(({ code, problem }) => `${code}: ${problem}`);

describe('accepted', () => {
  test.each([
    ['static', own('192.168.2.20'), ''],
    ['"static"', own('192.168.2.254'), ', workloads: {nvr: {address: 192.168.2.20}}'],
    ['192.168.2.20-192.168.2.30', own('192.168.2.20'), ''],
    ['192.168.2.20-192.168.2.20', own('192.168.2.20'), ''],
    [
      '192.168.2.244-192.168.2.254',
      own('192.168.2.250'),
      ', workloads: {nvr: {replicas: 5}, dns: {address: 192.168.2.244}}',
    ],
    ['static', `${own('192.168.2.20')} mac: "02:f1:a7:00:00:01",`, ', routes: [192.168.50.0/24]'],
  ])('%s,%s%s', (addresses, app, more) => {
    expect(said(plan(addresses, app, more))).toEqual([]);
  });
});

describe('refused', () => {
  test.each([
    ['192.168.2.1-192.168.2.30', own('192.168.2.20'), '', /static-range: .*192\.168\.2\.1 of/],
    ['192.168.2.20-192.168.2.38', own('192.168.2.20'), '', /static-range: .*overlap the DHCP range/],
    ['192.168.3.20-192.168.3.30', own('192.168.3.20'), '', /outside-network/],
    ['static', '', '', /static-missing: .*home-assistant/],
    ['static', own('192.168.2.1'), '', /addresses\/duplicate/],
    ['static', own('192.168.2.255'), '', /network-or-broadcast/],
    ['static', own('192.168.2.100'), '', /dhcp\/static-in-range/],
    ['static', own('192.168.3.2'), '', /outside-network/],
    [
      'static',
      own('192.168.2.20'),
      ', workloads: {nvr: {address: 192.168.2.20}}',
      /duplicate: nvr and home-assistant both/,
    ],
    ['static', own('192.168.2.20'), ', workloads: {nvr: {address: 192.168.2.21, surge: 1}}', /pinned-replicas/],
    ['static', own('192.168.2.20').replace('layer2', 'layer3'), '', /attachments\/unknown/],
  ])('%s,%s%s', (addresses, app, more, problem) => {
    const all = said(plan(addresses, app, more));
    expect(all.some((one) => problem.test(one))).toBe(true);
  });

  test.each([
    ['Static', 'did you mean static?'],
    ['statics', 'did you mean static?'],
    ['DHCP', 'did you mean dhcp?'],
    ['[192.168.2.20, 192.168.2.30]', 'write 192.168.2.20-192.168.2.30, dhcp or static'],
    ['192.168.2.20 - 192.168.2.30', 'write 192.168.2.20-192.168.2.30, dhcp or static'],
    ['192.168.2.30-192.168.2.20', 'write 192.168.2.20-192.168.2.30, dhcp or static'],
  ])('%s', (addresses, remedy) => {
    expect(errorsOf(plan(addresses)).map((one) => one.remedy)).toContain(remedy);
  });
});

const network = networkOf(
  plan(
    '192.168.2.20-192.168.2.30',
    own('192.168.2.25'),
    ', workloads: {nvr: {address: 192.168.2.26}}}\n  leased: {namespace: default, network: lan, addresses: dhcp',
  ),
);
const values = clusterValues(network);

test('a pod requests an address of the range, and owners their own', () => {
  expect(values.attachments).toMatchObject({
    ranges: { 'default/layer2-bridge': ['192.168.2.20/30', '192.168.2.24/30', '192.168.2.28/31', '192.168.2.30/32'] },
    addresses: {
      '192.168.2.25': { attachment: 'default/layer2-bridge', namespace: 'smarthome', workload: 'home-assistant' },
      '192.168.2.26': { attachment: 'default/layer2-bridge', namespace: 'default', workload: 'nvr' },
    },
  });
  expect(values['home-assistant']).toMatchObject({
    podAnnotations: {
      'k8s.v1.cni.cncf.io/networks': '[{"name":"layer2-bridge","namespace":"default","ips":["192.168.2.25/24"]}]',
    },
  });
});

test('no lease is an address of the range, and no static address is of the DHCP range', () => {
  const [fixed, leased] = network.attachments;
  expect(leased?.otherSubnets.map(String)).toEqual(expect.arrayContaining(['192.168.2.20/30', '192.168.2.30/32']));
  expect(fixed?.otherSubnets.map(String)).toEqual(expect.arrayContaining(['192.168.2.1/32', '192.168.2.64/26']));
  expect(fixed?.servers).toEqual([]);
});

test('STEPS.md says how a pod requests an address, with one that nobody has', () => {
  const alone = networkOf(plan('192.168.2.20-192.168.2.30', own('192.168.2.30')));
  const steps = stepsText(alone);
  expect(steps).toContain('"ips":["192.168.2.29/24"]');
  expect(steps).toContain('any of `192.168.2.20-192.168.2.30`; `192.168.2.30` for `home-assistant`');
});
