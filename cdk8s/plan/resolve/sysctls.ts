/**
 * The kernel settings of nodes. A new one is a line here: STEPS prints and checks what a node has.
 * test/plan/resolve-house.test.ts names them all, and `npm run synth` writes them to overlays/.
 */
import type { NodeInterface } from '../network/index.ts';

/** Values by name. */
export function sysctls(interfaces: readonly NodeInterface[]): Readonly<Record<string, string>> {
  return {
    // Every node passes packets on: those of its pods.
    'net.ipv4.ip_forward': '1',
    // A router there would give the node an address by IPv6 (docs/facts.md#a-bridge-without-an-address).
    ...Object.fromEntries(
      interfaces.filter(({ from }) => from === 'none').map(({ holder }) => [ofDevice(holder, 'disable_ipv6'), '1']),
    ),
  };
}

/** Where a device's name has dots, slashes separate the others (sysctl.d(5)). */
function ofDevice(device: string, setting: string): string {
  return ['net', 'ipv6', 'conf', device, setting].join(device.includes('.') ? '/' : '.');
}
