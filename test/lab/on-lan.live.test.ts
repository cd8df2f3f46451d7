/**
 * Pods inside the LAN's subnet, with the kernel of each node that answers ARP for its own (docs/facts.md#arp-for-pods): what
 * devices reach, and what never reaches a pod.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAddress, type Address } from '../../cdk8s/address/index.ts';
import type { Counter } from '../../cdk8s/lab/counter.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import type { Listener } from '../../cdk8s/lab/probe.ts';
import { must } from '../../cdk8s/plan/must.ts';
import { describeLab } from './describe-lab.ts';
import {
  answersArp,
  DHCP_CLIENT,
  startOnLanHouse,
  takeLease,
  type LabNode,
  type OnLanHouse,
  type Station,
} from './on-lan-house.ts';
import { until } from './until.ts';

jest.setTimeout(180_000);

const [WEB, MDNS, DISCOVERY] = [80, 5353, 1900];
const MDNS_GROUP = '224.0.0.251';
/** The sender of a probe. */
const NOBODY = '0.0.0.0';
/** Longer than ARP asks before it gives up. */
const PATIENCE = { timeout: 6_000 };

interface Route {
  readonly dst: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly gateway?: string;
}

function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(`${text} is not an address`);
  return parsed.value;
}

describeLab('pods on the LAN', { programs: ['vtysh', 'bird', 'dnsmasq'], tools: [DHCP_CLIENT] }, () => {
  let house: OnLanHouse;
  let phone: Address;
  /** Whom the device with a fixed address and the first node's pod heard. */
  let atDevice: Listener;
  let atApp: Listener;
  const ask = async (from: Host, to: Address, options = {}): Promise<string> =>
    await from.probe(`tcp ${String(to)}:${WEB}`, options);

  beforeAll(async () => {
    house = await startOnLanHouse();
    const { rancher, worker, router, sonos } = house;
    phone = addressOf((await takeLease(house.phone)).replace(/\/23$/, ''));
    const web = `tcp 0.0.0.0:${WEB}`;
    for (const host of [house.phone, worker.pod.host]) await host.listen([web]);
    const everything = [web, ...[MDNS, DISCOVERY].map((port) => `udp 0.0.0.0:${port}`)];
    const hears = async ({ host, address }: Station): Promise<Listener> =>
      await host.listen(everything, [`${MDNS_GROUP} ${String(address)}`]);
    atDevice = await hears(sonos);
    atApp = await hears(rancher.pod);
    const learnt = async (host: Host): Promise<readonly string[]> =>
      (await host.ipJson<Route[]>('route show'))
        .filter(({ protocol, gateway }) => (protocol === 'bgp' || protocol === 'bird') && gateway !== undefined)
        .map(({ dst, gateway }) => `${dst} by ${String(gateway)}`)
        .toSorted();
    const blocks = [rancher, worker].map(({ block, address }) => `${block} by ${String(address)}`);
    // Of the pool of load balancers it has both nodes, which is no single gateway.
    await until('the router has the blocks', 60, async () => await learnt(router.host), blocks);
    await until('a node has the other', 60, async () => await learnt(rancher.host), blocks.slice(1));
    await until('and the other way', 60, async () => await learnt(worker.host), blocks.slice(0, 1));
  });

  afterAll(async () => {
    await house.lab.stop();
  });

  test('a device gets an address of the LAN outside the range of pods', async () => {
    const { dhcp, lan, network } = house;
    const span = { first: phone, last: phone };
    const lease = { mac: await macOf(house.phone), address: String(phone) };
    expect(dhcp.leases()).toEqual([expect.objectContaining(lease)]);
    expect(must(lan.dhcp, 'DHCP').range.contains(span)).toBe(true);
    expect([lan.subnet.contains(span), network.pods.subnet.contains(span)]).toEqual([true, false]);
  });

  test('a device and a pod reach each other by their own addresses, past the router', async () => {
    const { rancher, worker, router, sonos } = house;
    const forwarded = await router.host.count('forwarded', `ip saddr { ${String(phone)}, ${String(sonos.address)} }`);
    const back = await router.host.count('forwarded', `ip daddr { ${String(phone)}, ${String(sonos.address)} }`);
    for (const { pod, mac } of [rancher, worker]) {
      expect(await ask(house.phone, pod.address)).toBe(`${pod.host.name} saw ${String(phone)}`);
      expect(await house.phone.ipJson(`neigh show ${String(pod.address)} dev eth0`)).toMatchObject([{ lladdr: mac }]);
      expect(await ask(pod.host, phone)).toBe(`phone saw ${String(pod.address)}`);
      expect(await ask(pod.host, sonos.address)).toBe(`sonos saw ${String(pod.address)}`);
    }
    expect([await forwarded.packets(), await back.packets()]).toEqual([0, 0]);
  });

  test("the router has the connected network and each block by its node, and asks nobody for a pod's address", async () => {
    const { router, rancher, worker } = house;
    const routes = await router.host.ipJson<Route[]>('route show');
    expect(routes).toContainEqual(
      expect.objectContaining({ dst: '192.168.2.0/23', dev: 'lan0', protocol: 'kernel', scope: 'link' }),
    );
    const asked = await router.host.count('arp leaving', 'arp operation request arp daddr ip 192.168.3.0/24');
    for (const { address, block, pod } of [rancher, worker]) {
      const learnt = { dst: block, gateway: String(address), dev: 'lan0', protocol: 'bgp' };
      expect(routes).toContainEqual(expect.objectContaining(learnt));
      expect(await ask(router.host, pod.address)).toBe(`${pod.host.name} saw ${String(router.address)}`);
    }
    expect(await asked.packets()).toBe(0);
    // What the counter sees: an address of no block goes by the connected network.
    expect(await ask(router.host, addressOf('192.168.3.200'), PATIENCE)).toBe('unreachable');
    expect(await asked.packets()).toBeGreaterThan(0);
  });

  test('pods of two nodes reach each other', async () => {
    const { rancher, worker } = house;
    for (const [from, to] of [
      [rancher, worker],
      [worker, rancher],
    ] as const) {
      expect(await ask(from.pod.host, to.pod.address)).toBe(`${to.pod.host.name} saw ${String(from.pod.address)}`);
      const [route] = await from.host.ipJson<Route[]>(`route show ${to.block}`);
      expect(route).toMatchObject({ gateway: String(to.address), protocol: 'bird' });
    }
  });

  /** How often each node answers for an address from now on; `asker`: as whom the one who asks is known. */
  const answersOf = async (address: Address, asker: string): Promise<() => Promise<readonly number[]>> => {
    const match = `arp operation reply arp saddr ip ${String(address)} arp daddr ip ${asker}`;
    const counters = await Promise.all(
      [house.rancher, house.worker].map(async ({ host }) => await host.count('arp leaving', match)),
    );
    return async () => await Promise.all(counters.map(async (one) => await one.packets()));
  };

  test('a node answers ARP for its own pods and for nobody else', async () => {
    const { rancher, worker, sonos } = house;
    const [free, unused] = [addressOf('192.168.2.99'), rancher.pod.address.plus(1)];
    const wanted: readonly (readonly [Address, string | undefined, readonly number[]])[] = [
      [rancher.pod.address, rancher.mac, [1, 0]],
      [worker.pod.address, worker.mac, [0, 1]],
      [rancher.address, rancher.mac, [1, 0]],
      [sonos.address, await macOf(sonos.host), [0, 0]],
      [free, undefined, [0, 0]],
      [unused, undefined, [0, 0]],
    ];
    for (const [address, mac, answers] of wanted) {
      const said = await answersOf(address, String(phone));
      expect([String(address), await answersArp(house.phone, address), await said()]).toEqual([
        String(address),
        mac,
        answers,
      ]);
    }
  });

  test('without proxy_arp no device reaches the pods of that node', async () => {
    const { rancher, worker } = house;
    const reached = async (): Promise<readonly string[]> =>
      await Promise.all(
        [rancher, worker].map(async ({ pod }) => {
          await answersArp(house.phone, pod.address);
          return await ask(house.phone, pod.address, PATIENCE);
        }),
      );
    const both = [rancher, worker].map(({ pod }) => `${pod.host.name} saw ${String(phone)}`);
    const setting = 'net.ipv4.conf.eth0.proxy_arp';
    // As the plan sets it.
    expect(house.network.nodes.map(({ sysctls }) => sysctls[setting])).toEqual(['1', '1']);
    expect(await reached()).toEqual(both);
    await rancher.host.sysctl({ [setting]: 0 });
    try {
      expect(await reached()).toEqual(['unreachable', both[1]]);
      // The router goes by its route, and still does.
      expect(await ask(house.router.host, rancher.pod.address)).toMatch(/^pod-rancher saw /);
    } finally {
      await rancher.host.sysctl({ [setting]: 1 });
    }
    expect(await reached()).toEqual(both);
  });

  /** The group of mDNS, the network's broadcast address and everybody's, with a port each. */
  const toMany = (): readonly (readonly [to: string, port: number])[] => [
    [MDNS_GROUP, MDNS],
    [String(house.lan.subnet.last), DISCOVERY],
    ['255.255.255.255', DISCOVERY],
  ];
  const datagrams = (listener: Listener, from: Address): readonly (string | undefined)[] =>
    listener
      .heard()
      .filter((one) => one.protocol === 'udp' && one.from === String(from))
      .map(({ text }) => text);

  test('no multicast or broadcast of the LAN reaches a pod', async () => {
    const { pod, host } = house.rancher;
    const destinations = toMany().map(([to]) => to);
    const many = `meta l4proto udp ip saddr ${String(phone)} ip daddr { ${destinations.join(', ')} }`;
    const alone = `meta l4proto udp ip saddr ${String(phone)} ip daddr ${String(pod.address)}`;
    const [manyAtNode, manyAtPod] = [await host.count('arriving', many), await pod.host.count('arriving', many)];
    const aloneAtPod = await pod.host.count('arriving', alone);
    for (const [to, port] of toMany()) {
      const options = { broadcast: true, text: `all at ${to}` };
      expect(await house.phone.probe(`udp ${to}:${port}`, options)).toBe(`sonos saw ${String(phone)}`);
    }
    // The same sockets of the pod hear what is for it alone, and that came last.
    for (const port of [MDNS, DISCOVERY]) {
      const said = await house.phone.probe(`udp ${String(pod.address)}:${port}`, { text: `you at ${port}` });
      expect(said).toBe(`pod-rancher saw ${String(phone)}`);
    }
    expect(datagrams(atDevice, phone)).toEqual(destinations.map((to) => `all at ${to}`));
    expect(datagrams(atApp, phone)).toEqual([MDNS, DISCOVERY].map((port) => `you at ${port}`));
    const counted = [manyAtNode, manyAtPod, aloneAtPod].map(async (one) => await one.packets());
    expect(await Promise.all(counted)).toEqual([3, 0, 2]);
  });

  test('no multicast or broadcast of a pod reaches the LAN', async () => {
    const { worker, sonos } = house;
    // The one where nothing listens: a host hears its own multicast.
    const { host, address } = worker.pod;
    const atNode = await worker.host.count('arriving', `meta l4proto udp ip saddr ${String(address)}`);
    for (const [to, port] of toMany()) {
      expect(await host.probe(`udp ${to}:${port}`, { broadcast: true, text: `all at ${to}` })).toBe('timeout');
    }
    expect(await atNode.packets()).toBe(3);
    const said = await host.probe(`udp ${String(sonos.address)}:${MDNS}`, { text: 'you' });
    expect(said).toBe(`sonos saw ${String(address)}`);
    expect(datagrams(atDevice, address)).toEqual(['you']);
  });

  test("a device's probe for its own address is not answered, one for an address in use is", async () => {
    const { rancher, worker, sonos, lab, router } = house;
    // Without an address, so that it asks as RFC 5227 has it: with no sender address.
    const own = addressOf('192.168.2.88');
    const newcomer = await lab.host('newcomer');
    await newcomer.join(house.cable, 'eth0');
    const probes = async (node: LabNode, of: Address): Promise<Counter> =>
      await node.host.count('arp arriving', `arp operation request arp saddr ip ${NOBODY} arp daddr ip ${String(of)}`);
    const arrived = await probes(rancher, own);
    const said = await answersOf(own, NOBODY);
    expect(await answersArp(newcomer, own)).toBeUndefined();
    expect([await arrived.packets(), await said()]).toEqual([3, [0, 0]]);
    expect(await answersArp(newcomer, rancher.address)).toBe(rancher.mac);
    expect(await answersArp(newcomer, sonos.address)).toBe(await macOf(sonos.host));
    expect(await answersArp(newcomer, router.address)).toBe(await macOf(router.host, 'lan0'));
    // Nor is one for a pod's address: a device that is given one by hand is not warned.
    const forPod = await probes(worker, worker.pod.address);
    expect(await answersArp(newcomer, worker.pod.address)).toBeUndefined();
    expect(await forPod.packets()).toBe(3);
    await newcomer.ip(`address add ${String(own)}/23 dev eth0`);
    expect(await answersArp(newcomer, worker.pod.address)).toBe(worker.mac);
  });
});

async function macOf(host: Host, device = 'eth0'): Promise<string> {
  const [link] = await host.ipJson<readonly { readonly address: string }[]>(`link show ${device}`);
  return must(link, device).address;
}
