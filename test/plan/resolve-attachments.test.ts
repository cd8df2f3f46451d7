/** What nodes are told about attachments: what no lease may touch, whose word counts, who may pin which MAC address. */
import { expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Attachment } from '../../cdk8s/plan/network/index.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { changed as once } from '../plans/fixtures.ts';
import { hybrid } from './plans.ts';

/** A text with some of its pieces replaced. */
function changed(text: string, ...pieces: readonly (readonly [string, string])[]): string {
  return pieces.reduce((so, [from, to]) => once(so, from, to), text);
}

function network(text: string) {
  const { network, findings } = checkPlan(text, 'plan.yaml');
  if (!network) throw new Error(findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n'));
  return network;
}

function attachment(text: string): Record<keyof Attachment, unknown> {
  return JSON.parse(JSON.stringify(network(text).attachments[0])) as Record<keyof Attachment, unknown>;
}

/** The plan's router is not the gateway of the LAN. */
const behindAnotherGateway = ['addresses: {lan: 192.168.2.1', 'addresses: {lan: 192.168.2.2'] as const;

test('no lease lies in other networks, nor is the address of a host that the plan knows', () => {
  expect(attachment(hybrid).otherSubnets).toEqual(['192.168.3.0/24', '192.168.2.1/32']);
  const crowded = changed(
    hybrid,
    ['    dns: [192.168.2.1]\n', '    dns: [192.168.2.1]\n    reserved: {printer: 192.168.2.5, nas: 192.168.2.4}\n'],
    ['mac: "00:15:5d:02:cb:09", address: dhcp', 'mac: "00:15:5d:02:cb:09", address: 192.168.2.6'],
    ['mac: "00:15:5d:02:cb:0b", address: dhcp', 'mac: "00:15:5d:02:cb:0b", address: 192.168.2.7'],
    behindAnotherGateway,
    ['reserved: {', 'reserved: {box: 192.168.2.1, '],
  );
  expect(attachment(crowded).otherSubnets).toEqual([
    '192.168.3.0/24',
    '192.168.2.1/32',
    '192.168.2.2/32',
    '192.168.2.4/30',
  ]);
});

test("a router's word counts by its own address and by the gateway's, any server's where the plan does not know it", () => {
  expect(attachment(hybrid).servers).toEqual(['192.168.2.1']);
  const besideIt = changed(hybrid, behindAnotherGateway, [
    '    dns: [192.168.2.1]\n',
    '    dns: [192.168.2.1]\n    reserved: {box: 192.168.2.1}\n',
  ]);
  expect(attachment(besideIt).servers).toEqual(['192.168.2.2', '192.168.2.1']);
  const elsewhere = changed(hybrid, [
    'dhcp: {server: edgerouter, range: 192.168.2',
    'dhcp: {server: pihole, range: 192.168.2',
  ]);
  expect(attachment(elsewhere).servers).toEqual([]);
  expect(JSON.stringify(clusterValues(network(elsewhere)).attachments)).not.toContain('servers');
});

test("the plan's list of servers decides: the second of a pair, or the one that is none of its routers", () => {
  const pair = changed(hybrid, [
    'dhcp: {server: edgerouter, range: 192.168.2',
    'dhcp: {server: edgerouter, servers: [192.168.2.3, 192.168.2.1, 10.9.9.9], range: 192.168.2',
  ]);
  expect(attachment(pair).servers).toEqual(['192.168.2.1', '192.168.2.3', '10.9.9.9']);
  // And no pod gets the address of one.
  expect(attachment(pair).otherSubnets).toEqual(['192.168.3.0/24', '192.168.2.1/32', '192.168.2.3/32']);
  const elsewhere = changed(hybrid, [
    'dhcp: {server: edgerouter, range: 192.168.2',
    'dhcp: {server: pihole, servers: [192.168.2.5], range: 192.168.2',
  ]);
  expect(attachment(elsewhere).servers).toEqual(['192.168.2.5']);
  expect(clusterValues(network(elsewhere)).attachments).toMatchObject({
    agent: { attachments: { 'default/layer2-bridge': { servers: ['192.168.2.5'] } } },
  });
});

test('a MAC address is pinned for one workload of one namespace', () => {
  expect(attachment(hybrid).pins).toEqual([]);
  const pinned = changed(
    hybrid,
    ['attachments: [layer2-bridge],', 'attachments: [layer2-bridge], mac: "02:F1:A7:00:00:01",'],
    [
      'namespaces: [smarthome]}',
      'namespaces: [smarthome], workloads: {frigate: {namespace: smarthome, mac: "02:f1:a7:00:00:02"}, dns: {mac: "02:f1:a7:00:00:03"}, plex: {}}}',
    ],
  );
  expect(attachment(pinned).pins).toEqual([
    { mac: '02:f1:a7:00:00:01', namespace: 'smarthome', workload: 'home-assistant' },
    { mac: '02:f1:a7:00:00:02', namespace: 'smarthome', workload: 'frigate' },
    { mac: '02:f1:a7:00:00:03', namespace: 'default', workload: 'dns' },
  ]);
  expect(clusterValues(network(pinned)).attachments).toMatchObject({
    pins: {
      '02:f1:a7:00:00:01': { namespace: 'smarthome', workload: 'home-assistant' },
      '02:f1:a7:00:00:02': { namespace: 'smarthome', workload: 'frigate' },
      '02:f1:a7:00:00:03': { namespace: 'default', workload: 'dns' },
    },
  });
});

test('both halves of the node plane are told the same', () => {
  const text = changed(hybrid, ['addresses: dhcp', 'addresses: dhcp, routes: [192.168.50.0/24]']);
  const values = clusterValues(network(text)).attachments as {
    definitions: Record<string, { config: { plugins: Record<string, unknown>[] } }>;
    agent: { attachments: Record<string, Record<string, unknown>> };
  };
  const routeFix = values.definitions['layer2-bridge']?.config.plugins[2];
  const agent = values.agent.attachments['default/layer2-bridge'];
  for (const key of ['subnet', 'clusterSubnets', 'otherSubnets', 'lanSubnets'])
    expect([key, routeFix?.[key]]).toEqual([key, agent?.[key]]);
  expect(agent).toMatchObject({
    subnet: '192.168.2.0/24',
    clusterSubnets: ['192.168.7.0/24', '10.43.0.0/16', '192.168.6.0/24'],
    lanSubnets: ['192.168.50.0/24'],
  });
});

test("pods are kept from each other on a bridge where the plan says so, by upstream's own key", () => {
  const bridge = (text: string): unknown => {
    const { definitions } = clusterValues(network(text)).attachments as {
      definitions: Record<string, { config: { plugins: unknown[] } }>;
    };
    return definitions['layer2-bridge']?.config.plugins[0];
  };
  expect(bridge(hybrid)).not.toHaveProperty('portIsolation');
  expect(bridge(changed(hybrid, ['addresses: dhcp', 'addresses: dhcp, isolated: true']))).toMatchObject({
    type: 'bridge',
    portIsolation: true,
  });
});
