import { describe, expect, test } from '@jest/globals';
import { changed, findings, found, one } from './plan.ts';

const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';

describe('nodes/mac-filter tells each hypervisor', () => {
  const attachment = 'attachments: {lan: {namespace: default, network: k8s, addresses: dhcp}}\nbgp:';
  const machine = (host: string, bridge = ', bridge: br0'): string =>
    changed(
      [b, `b: {host: ${host}, interfaces: {eth0: {network: k8s, address: 192.168.3.12${bridge}}}}`],
      ['bgp:', attachment],
    );
  const remedy = (text: string): string | undefined =>
    findings(text).find(({ code }) => code === 'nodes/mac-filter')?.remedy;

  test.each([
    ['hyper-v', 'Get-VMNetworkAdapter -VMName b | Set-VMNetworkAdapter -MacAddressSpoofing On'],
    ['proxmox', 'macfilter: 0 in /etc/pve/firewall/<VMID>.fw'],
    ['vmware', '"Promiscuous mode" and "Forged transmits" to Accept'],
  ])('%s', (host, setting) => {
    expect(remedy(machine(host))).toContain(setting);
  });

  test('metal filters nothing, and without a bridge there is nothing to pass', () => {
    expect(remedy(machine('metal'))).toBeUndefined();
    expect(remedy(machine('hyper-v', ''))).toBeUndefined();
    const unused = 'b: {host: hyper-v, interfaces: {eth0: {network: k8s, address: 192.168.3.12, bridge: br0}}}';
    expect(found(changed([b, unused]))).toEqual([]);
  });
});

describe('MAC addresses', () => {
  const withInterfaces = (eth0: string, second: string, rest: string): string =>
    changed(
      ['lan: {', 'lan: {vlan: 7, '],
      [
        b,
        `b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12, mac: "${eth0}", defaultRoute: preferred}, ${second}: {network: lan, address: dhcp, ${rest}}}}`,
      ],
    );

  test('a VLAN interface has the one of its parent; two cables never', () => {
    expect(found(withInterfaces('52:54:00:00:00:01', 'eth0.7', 'mac: "52:54:00:00:00:01", tagged: true'))).toEqual([]);
    expect(found(withInterfaces('52:54:00:00:00:01', 'eth1', 'mac: "52-54-00-00-00-01"'))).toEqual([
      'nodes/mac-duplicate at nodes.b.interfaces.eth1.mac',
    ]);
    expect(found(withInterfaces('52:54:00:00:00:01', 'eth1', 'mac: "52:54:00:00:00:02"'))).toEqual([]);
  });

  test('a VLAN interface of another node has it not', () => {
    const mac = 'mac: "52:54:00:00:00:01"';
    const a = 'eth0: {network: k8s, address: 192.168.3.11';
    const text = withInterfaces('52:54:00:00:00:02', 'eth0.7', `${mac}, tagged: true`).replace(a, `${a}, ${mac}`);
    expect(found(text)).toEqual(['nodes/mac-duplicate at nodes.b.interfaces."eth0.7".mac']);
  });

  test('of nobody', () => {
    expect(one(withInterfaces('00:00:00:00:00:00', 'eth1', 'mac: "52:54:00:00:00:02"')).code).toBe('nodes/mac-unicast');
  });

  test("that Home Assistant pins is nobody else's", () => {
    const text = changed(
      [b, b.replace('address: 192.168.3.12', 'address: 192.168.3.12, mac: "52:54:00:00:00:01"')],
      ['bgp:', 'apps: {home-assistant: {namespace: smarthome, mac: "52:54:00:00:00:01"}}\nbgp:'],
    );
    expect(found(text)).toContain('nodes/mac-duplicate at apps.home-assistant.mac');
  });
});

describe('nodes/bond-members', () => {
  const interfaces = (text: string): string[] => found(changed([b, `b: {interfaces: {${text}}}`]));
  const bond = (members: string): string => `bond: {members: [${members}], mode: 802.3ad}`;

  test('an interface is in one bond', () => {
    expect(
      interfaces(
        `bond0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred, ${bond('eth0, eth1')}}, bond1: {network: lan, address: dhcp, ${bond('eth2, eth1')}}`,
      ),
    ).toEqual(['nodes/bond-members at nodes.b.interfaces.bond1.bond.members']);
  });

  test("and has no network besides the bond's", () => {
    expect(
      interfaces(
        `bond0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred, ${bond('eth0, eth1')}}, eth1: {network: lan, address: dhcp}`,
      ),
    ).toEqual(['nodes/bond-members at nodes.b.interfaces.bond0.bond.members']);
  });

  test('nor is a bond of wireless interfaces under a bridge, or a bridge named like a member', () => {
    expect(interfaces(`bond0: {network: k8s, address: 192.168.3.12, bridge: br0, ${bond('eth0, wlp3s0')}}`)).toEqual([
      'nodes/wifi-bridge at nodes.b.interfaces.bond0.bridge',
    ]);
    expect(interfaces(`bond0: {network: k8s, address: 192.168.3.12, bridge: eth0, ${bond('eth0, eth1')}}`)).toEqual([
      'nodes/bridge-name at nodes.b.interfaces.bond0.bridge',
    ]);
  });

  test('wireless without a bridge is fine', () => {
    expect(interfaces('wlan0: {network: k8s, address: 192.168.3.12}')).toEqual([]);
  });
});

describe('nodes/two-default-routes', () => {
  const routes = (eth0: string, eth1: string): string =>
    changed([
      b,
      `b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12${eth0}}, eth1: {network: lan, address: dhcp${eth1}}}}`,
    ]);
  const preferred = ', defaultRoute: preferred';

  test('one is preferred, best the one that carries pods', () => {
    expect(found(routes(preferred, ''))).toEqual([]);
    expect(found(routes('', preferred))).toEqual([
      'reachability/preferred-past-pods at nodes.b.interfaces.eth1.defaultRoute',
    ]);
  });

  test('two are', () => {
    expect(found(routes(preferred, preferred))).toEqual([
      'nodes/two-default-routes at nodes.b.interfaces.eth1.defaultRoute',
    ]);
  });

  test('none is: the remedy names the one that carries pods', () => {
    expect(one(routes('', '')).remedy).toContain('eth0');
    const lanFirst =
      'b: {interfaces: {eth0: {network: lan, address: dhcp}, eth1: {network: k8s, address: 192.168.3.12}}}';
    expect(one(changed([b, lanFirst])).remedy).toContain('usually eth1;');
  });

  test('a network without a gateway has no route to prefer', () => {
    expect(found(routes('', '').replace(', gateway: 192.168.2.1', ''))).toEqual([]);
  });
});
