/**
 * Random plans of mode on-lan, right by construction. The network is 192.168.<2n>.0/23:
 *
 *     .0.1 router   .0.11 on: nodes   .0.100 to .0.199 DHCP, or to the end of a block of pods   .1.0/24 pods
 */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { platformNames } from '../../cdk8s/platforms/platform-names.ts';
import { routers } from '../../cdk8s/platforms/routers/index.ts';
import { names, readPlans, type RandomPlan } from './random.ts';

const shapes = (calicos: readonly (string | undefined)[]) =>
  fc.record({
    names: fc.uniqueArray(names, { minLength: 4, maxLength: 4 }),
    software: fc.constantFrom(...platformNames(routers)),
    asn: fc.integer({ min: 64512, max: 65534 }),
    distribution: fc.constantFrom('kubeadm', 'k3s', 'rke2', 'talos'),
    half: fc.integer({ min: 0, max: 127 }),
    nodes: fc.integer({ min: 1, max: 2 }),
    blockSize: fc.integer({ min: 26, max: 30 }),
    /** How many of the first blocks of the pods' half the DHCP range fills. */
    filled: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
    bridge: fc.boolean(),
    device: fc.constantFrom('eth0', 'enp3s0', 'eno1'),
    /** A bridge for pods with an attachment, on which the node has no address. */
    second: fc.boolean(),
    calico: fc.constantFrom(...calicos),
    clients: fc.boolean(),
    password: fc.boolean(),
    balanced: fc.boolean(),
    mesh: fc.boolean(),
  });

const textOf = (calicos: readonly (string | undefined)[]) =>
  shapes(calicos).map((shape) => {
    const [cluster = '', network = '', router = '', node = ''] = shape.names;
    const third = shape.half * 2;
    const low = `192.168.${third}`;
    const high = `192.168.${third + 1}`;
    const last =
      shape.filled === undefined ? `${low}.199` : `${high}.${shape.filled * 2 ** (32 - shape.blockSize) - 1}`;
    const interfaces = (index: number) => ({
      [shape.device]: {
        network,
        address: `${low}.${11 + index}`,
        ...(shape.bridge ? { bridge: 'br0', mac: `02:00:00:00:00:0${index}` } : {}),
      },
      ...(shape.second
        ? { eth9: { network: 'behind', bridge: 'br9', address: 'none', mac: `02:00:00:00:09:0${index}` } }
        : {}),
    });
    return stringify({
      version: 1,
      cluster,
      ...(shape.calico === undefined ? {} : { versions: { calico: shape.calico } }),
      kubernetes: { version: '1.36', distribution: shape.distribution, services: '10.96.0.0/12' },
      networks: {
        [network]: {
          subnet: `${low}.0/23`,
          gateway: `${low}.1`,
          clients: shape.clients,
          dhcp: { server: 'box', range: `${low}.100-${last}` },
        },
        ...(shape.second
          ? { behind: { subnet: '172.16.0.0/24', vlan: 9, dhcp: { server: 'box', range: '172.16.0.10-172.16.0.250' } } }
          : {}),
      },
      routers: { [router]: { software: shape.software, asn: shape.asn, addresses: { [network]: `${low}.1` } } },
      nodes: Object.fromEntries(
        Array.from({ length: shape.nodes }, (_, index) => [
          `${node}-${index}`.slice(-63),
          { ...(index === 0 ? { roles: ['control-plane', 'worker'] } : {}), interfaces: interfaces(index) },
        ]),
      ),
      pods: { mode: 'on-lan', network, subnet: `${high}.0/24`, blockSize: shape.blockSize },
      ...(shape.balanced ? { loadBalancers: { subnet: '100.64.0.0/24' } } : {}),
      bgp: {
        ...(shape.mesh ? { mesh: true } : {}),
        hold: 9,
        ...(shape.password ? { passwordSecret: { name: 'bgp-password', key: 'password' } } : {}),
      },
      ...(shape.second ? { attachments: { home: { namespace: 'apps', network: 'behind', addresses: 'dhcp' } } } : {}),
    });
  });

/**
 * As many valid plans of mode on-lan as asked for, the same ones for the same seed. `calicos`: the versions that they ask
 * for; undefined: none.
 */
export function randomOnLanPlans(
  count: number,
  seed: number,
  calicos: readonly (string | undefined)[] = [undefined],
): RandomPlan[] {
  return readPlans(textOf(calicos), count, seed);
}
