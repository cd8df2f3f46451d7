/**
 * The kernel settings of nodes. A new one is a line here: STEPS prints and checks what a node has.
 * test/plan/resolve-house.test.ts names them all, and `npm run synth` writes them to overlays/.
 */
import type { NodeInterface } from '../network/index.ts';
import type { Mode } from '../modes.ts';

/** Values by name; `answering` is the interface on which the kernel answers ARP for the node's pods, if any. */
export function sysctls(
  interfaces: readonly NodeInterface[],
  answering: NodeInterface | undefined,
  mode: Mode,
): Readonly<Record<string, string>> {
  return {
    // Every node passes packets on: those of its pods.
    'net.ipv4.ip_forward': '1',
    // Answers of Services pass the bridge as frames, and have to become the Service's again on their way
    // (docs/facts.md#services-on-a-bridge-of-the-node).
    ...(mode === 'bridged' ? { 'net.bridge.bridge-nf-call-iptables': '1' } : {}),
    // A router there would give the node an address by IPv6 (docs/facts.md#a-bridge-without-an-address).
    ...Object.fromEntries(
      interfaces
        .filter(({ from }) => from === 'none')
        .map(({ holder }) => [ofDevice('ipv6/conf', holder, 'disable_ipv6'), '1']),
    ),
    ...(answering ? answeringArp(answering) : {}),
  };
}

/**
 * The kernel answers for addresses to which its route leaves by another device: its own pods' alone, since it has those of
 * other nodes and devices by this one. At once: without the second setting an answer takes up to 0.8 s
 * (docs/facts.md#arp-for-pods). Of this device and not of `all`, which would answer on those of pods too.
 */
function answeringArp({ holder }: NodeInterface): Readonly<Record<string, string>> {
  return {
    [ofDevice('ipv4/conf', holder, 'proxy_arp')]: '1',
    [ofDevice('ipv4/neigh', holder, 'proxy_delay')]: '0',
  };
}

/** Where a device's name has dots, slashes separate the others (sysctl.d(5)). */
function ofDevice(kind: string, device: string, setting: string): string {
  return ['net', ...kind.split('/'), device, setting].join(device.includes('.') ? '/' : '.');
}
