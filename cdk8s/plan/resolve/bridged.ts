/** Pods on each node's bridge: which addresses are whose, and what they reach past their node. */
import { Address, Range } from '../../address/index.ts';
import { must, named } from '../must.ts';
import type { BridgedPods, Segment } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';
import type { BareNode } from './nodes.ts';

export function resolveBridged({ pods }: Plan, nodes: readonly BareNode[], segments: readonly Segment[]): BridgedPods {
  const network = must(pods.network, 'network of bridged pods');
  const { first, count } = must(pods.perNode, 'range of bridged pods');
  const { subnet, mtu, gatewayMtu, gateway } = named(segments, network, 'network');
  return {
    mode: 'bridged',
    network,
    subnet,
    mtu: pods.mtu ?? Math.min(mtu, gatewayMtu),
    nodeSubnets: [subnet],
    nodes: nodes.map(({ name, uplink }) => {
      const own = must(uplink.address, `address of node ${name}`);
      const start = own.value + first;
      return {
        name,
        bridge: must(uplink.bridge, `bridge of node ${name}`).name,
        range: Range.of(Address.of(start), Address.of(start + count - 1)),
        gateway: own,
      };
    }),
    routes: pods.routes.map((to) => ({ to, gateway: must(gateway, `gateway of network ${network}`) })),
  };
}
