/**
 * The conflist of each node with bridged pods (docs/node-contract.md, `bridge`): as text for a file of the node, and as the
 * settings from which `flatlan-node bridge` makes the same bytes.
 */
import type { BridgedNode, BridgedPods } from '../../plan/network/index.ts';
import { named } from '../../plan/must.ts';
import { BRIDGE_CONFLIST, BRIDGE_NETWORK } from '../../platforms/bridge-network.ts';
import type { BridgeConflist, BridgeOfNode, BridgeSettings } from '../../values/bridge.ts';
import { overlay } from '../../values/overlay.ts';

export function bridgeSettings(pods: BridgedPods): BridgeSettings {
  return {
    file: BRIDGE_CONFLIST,
    conflist: shared(pods),
    nodes: Object.fromEntries(pods.nodes.map((node) => [node.name, ofNode(pods, node)])),
  };
}

/** What stands in the node's file. */
export function conflistText(pods: BridgedPods, node: string): string {
  const { plugins, ...rest } = shared(pods);
  const [bridge, ...others] = plugins;
  const own = overlay(bridge, ofNode(pods, named(pods.nodes, node, 'node')));
  return `${JSON.stringify({ ...rest, plugins: [own, ...others] }, inOrder, 2)}\n`;
}

/** Keys in the order of the alphabet, as Go writes those of a map; none of them is a number, which would come first. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Neither isGateway, since the node's address is on the bridge already, nor ipMasq: pods are known by their own addresses.
 * The leases are in memory: a reboot ends every pod, and a lease that a kill left behind ends with it
 * (docs/facts.md#addresses-that-host-local-has-given-out).
 */
function shared({ mtu, routes }: BridgedPods): BridgeConflist {
  return {
    cniVersion: '1.0.0',
    name: BRIDGE_NETWORK,
    plugins: [
      {
        type: 'bridge',
        promiscMode: true,
        mtu,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni/networks',
          routes: [
            // By the node, whose kernel knows the Services.
            { dst: '0.0.0.0/0' },
            ...routes.map(({ to, gateway }) => ({ dst: String(to), gw: String(gateway) })),
          ],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function ofNode({ subnet }: BridgedPods, { bridge, range, gateway }: BridgedNode): BridgeOfNode {
  const own = {
    subnet: String(subnet),
    rangeStart: String(range.first),
    rangeEnd: String(range.last),
    gateway: String(gateway),
  };
  return { bridge, ipam: { ranges: [[own]] } };
}
