/**
 * Two homes with a node each, which is also on its home's LAN (pods.networks): real FRR, stateful firewalls, BIRD for nodes.
 *
 *     lan-a --+-- gw-a ====== link ====== gw-b --+-- lan-b
 *             |    |                       |     |
 *             +-- a1 (srv-a)      (srv-b) b1 ----+
 */
import { expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { networkOf } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';
import { startHouse, type House } from './plan-lab.ts';

jest.setTimeout(300_000);

const text = readFileSync(join(import.meta.dirname, '../fixtures/cases/valid/14-hybrid-two-sites.yaml'), 'utf8')
  .replaceAll('software: vyos', 'software: frr')
  .replace('bgp: {', 'bgp: {hold: 3, keepalive: 1, ');
/** Both nodes with a fixed address on the LAN, or with none. */
const withAddresses = text
  .replace('network: lan-a, bridge: br0, address: dhcp', 'network: lan-a, bridge: br0, address: 192.168.10.11')
  .replace('network: lan-b, bridge: br0, address: dhcp', 'network: lan-b, bridge: br0, address: 192.168.11.11');
const withoutAddresses = text.replaceAll('address: dhcp}', 'address: none}');

/** `a device on lan-a asks the pod of a1`: who is answered by that pod, which saw the device itself. */
async function answered(house: House, network: CalicoNetwork): Promise<readonly string[]> {
  const questions = ['lan-a', 'lan-b'].flatMap((lan) => ['a1', 'b1'].map((node) => ({ lan, node })));
  const all = await Promise.all(
    questions.map(async ({ lan, node }) => {
      const device = network.segments.find(({ name }) => name === lan)?.subnet.at(77);
      const said = await house.answers(lan, house.pods.get(node));
      return said === `${node} saw ${String(device)}` ? [`${lan} ${node}`] : [];
    }),
  );
  return all.flat();
}

async function settles(network: CalicoNetwork, wanted: readonly string[]): Promise<void> {
  const house = await startHouse(network);
  try {
    await waitFor('devices are answered', 60_000, async () => {
      const found = await answered(house, network);
      return found.join() === wanted.join() || new NotYet(found.join());
    });
    // Nor is it so for a moment only.
    expect(await answered(house, network)).toEqual(wanted);
  } finally {
    await house.lab.stop();
  }
}

const everything = ['lan-a a1', 'lan-a b1', 'lan-b a1', 'lan-b b1'];

describeLab('hybrid over two sites', { programs: ['vtysh', 'bird'] }, () => {
  test('devices of both LANs reach pods of both homes', async () => {
    await settles(networkOf(withAddresses), everything);
  });

  test('without source rules the own home is not answered: past the router, which drops what follows', async () => {
    const network = networkOf(withAddresses);
    const nodes = network.nodes.map((node) => ({ ...node, sourceRules: [] }));
    await settles({ ...network, nodes }, ['lan-a b1', 'lan-b a1']);
  });

  test('a node without an address on its LAN needs no rule', async () => {
    const network = networkOf(withoutAddresses);
    expect(network.nodes.flatMap(({ sourceRules }) => sourceRules)).toEqual([]);
    await settles(network, everything);
  });
});
