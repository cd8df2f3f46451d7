/** Pods inside the network of the nodes: what is reserved, who answers ARP, and what routers know. */
import { describe, expect, test } from '@jest/globals';
import type { Network, OnLanPods } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf, planNetwork, planText } from '../plans/fixtures.ts';

const plan = changed(planText('same-subnet'), ', clients: 120', '');

function pods(network: Network): OnLanPods {
  if (network.pods.mode !== 'on-lan') throw new Error('the pods are not on-lan');
  return network.pods;
}

/** The plan with these texts in place of others. */
function resolved(...changes: readonly (readonly [from: string, to: string])[]): Network {
  return networkOf(changes.reduce((text, [from, to]) => changed(text, from, to), plan));
}

const reserved = (network: Network): string[] => pods(network).reserved.map(String);
const range = 'range: 192.168.2.38-192.168.2.243';

describe('reserved in the pool', () => {
  test("is the network's last address, which Calico would give out", () => {
    expect(reserved(planNetwork('same-subnet'))).toEqual(['192.168.3.255/32']);
  });

  test('is its first address, where pods have the first half', () => {
    const upper = plan.replaceAll('192.168.2.', '192.168.9.').replaceAll('192.168.3.', '192.168.2.');
    const swapped = upper.replaceAll('192.168.9.', '192.168.3.').replace('192.168.3.0/23', '192.168.2.0/23');
    expect(reserved(networkOf(swapped))).toEqual(['192.168.2.0/32']);
  });

  test('is nothing in the middle of the network', () => {
    expect(reserved(resolved(['subnet: 192.168.3.0/24}\nload', 'subnet: 192.168.3.0/25}\nload']))).toEqual([]);
  });

  test('are whole blocks that the DHCP range fills, the one with the last address too', () => {
    expect(reserved(resolved([range, 'range: 192.168.3.64-192.168.3.127']))).toEqual([
      '192.168.3.64/26',
      '192.168.3.255/32',
    ]);
    expect(
      reserved(resolved([range, 'range: 192.168.2.200-192.168.3.127'], ['192.168.2.225', '192.168.2.210'])),
    ).toEqual(['192.168.3.0/25', '192.168.3.255/32']);
    expect(reserved(resolved([range, 'range: 192.168.3.192-192.168.3.254']))).toEqual(['192.168.3.192/26']);
  });

  test('are devices that fill a block of one address', () => {
    const devices = ['reserved: {sonos: 192.168.2.250}', 'reserved: {sonos: 192.168.3.7}'] as const;
    expect(
      reserved(resolved(devices, ['subnet: 192.168.3.0/24}\nload', 'subnet: 192.168.3.0/24, blockSize: 32}\nload'])),
    ).toEqual(['192.168.3.7/32', '192.168.3.255/32']);
  });
});

describe('ARP for pods', () => {
  const sysctlsOf = (network: Network) => network.nodes.map(({ sysctls }) => sysctls);

  test('is answered by the kernel, at once, on the device that carries them', () => {
    const network = planNetwork('same-subnet');
    expect(pods(network).answersArp).toBe('kernel');
    expect(sysctlsOf(network)).toEqual([
      {
        'net.ipv4.ip_forward': '1',
        'net.ipv4.conf.eth0.proxy_arp': '1',
        'net.ipv4.neigh.eth0.proxy_delay': '0',
      },
    ]);
  });

  test('on the bridge that has the address, and on no other device', () => {
    const network = resolved(
      [
        'eth0: {network: lan,',
        'eth1: {network: iot, bridge: br1, mac: "02:00:00:00:00:02", address: none}, eth0: {bridge: br.lan, network: lan,',
      ],
      ['networks:\n', 'networks:\n  iot: {subnet: 192.168.9.0/24, vlan: 9}\n'],
    );
    expect(sysctlsOf(network)).toEqual([
      {
        'net.ipv4.ip_forward': '1',
        'net.ipv6.conf.br1.disable_ipv6': '1',
        'net/ipv4/conf/br.lan/proxy_arp': '1',
        'net/ipv4/neigh/br.lan/proxy_delay': '0',
      },
    ]);
  });

  test.each([
    ['v3.32.2', 'kernel'],
    ['v3.33.0', 'calico'],
    ['v3.34.1', 'calico'],
  ])('Calico %s: %s', (calico, who) => {
    const network = resolved(['kubernetes:', `versions: {calico: ${calico}}\nkubernetes:`]);
    expect(pods(network).answersArp).toBe(who);
    expect(Object.keys(sysctlsOf(network)[0] ?? {}).filter((name) => name.includes('arp')).length).toBe(
      who === 'kernel' ? 1 : 0,
    );
  });

  test('routed pods need none', () => {
    expect(sysctlsOf(planNetwork('flat-bgp'))).toEqual([{ 'net.ipv4.ip_forward': '1' }]);
  });
});

describe('the router', () => {
  test('accepts blocks beside its connected route, and discards nothing of the network', () => {
    const [router] = planNetwork('same-subnet').routers;
    expect(
      router?.routing.neighbors[0]?.import.map(({ of, subnet, shortest, longest }) => [
        of,
        String(subnet),
        shortest,
        longest,
      ]),
    ).toEqual([
      ['pods', '192.168.3.0/24', 26, 32],
      ['load balancers', '192.168.6.0/24', 24, 32],
    ]);
    expect(router?.routing.discards.map(String)).toEqual(['192.168.6.0/24']);
    expect(router?.routing.withoutRedirects).toEqual(['lan']);
    // Devices with the old mask send what is for pods through it.
    expect(router?.routing.asymmetric[0]?.to.map(String)).toEqual(['192.168.3.0/24', '192.168.6.0/24']);
  });

  test('of another site discards the network as a whole and not the pods: devices may have some of their blocks', () => {
    const network = resolved(
      ['networks:\n', 'networks:\n  office: {subnet: 192.168.20.0/24, clients: true}\n'],
      [
        'routers:\n',
        `links:
  wan: {between: [edgerouter, far], kind: wireguard, subnet: 10.255.0.0/31, mtu: 1420, keySecret: wan}
routers:
  far: {software: frr, asn: 64513, public: far.example.org, addresses: {office: 192.168.20.1}}
`,
      ],
      ['stateful: true}', 'stateful: true, public: home.example.org}'],
    );
    const far = network.routers.find(({ name }) => name === 'far');
    expect(far?.routing.discards.map(String)).toEqual(['192.168.6.0/24', '192.168.2.0/23']);
    expect(far?.routing.neighbors[0]?.import.map(({ subnet }) => String(subnet))).toEqual([
      '192.168.3.0/24',
      '192.168.6.0/24',
      '192.168.2.0/23',
    ]);
  });
});
