/** What the step of nodes and its checks say alike. */
import type { ForwardRule, Node } from '../plan/network/index.ts';

/** The match and the target of a rule that accepts bridged frames (iptables-extensions(8), physdev). */
export const ACCEPT_BRIDGED = '-m physdev --physdev-is-bridged -j ACCEPT';

const commands: Readonly<Record<ForwardRule['family'], string>> = { ipv4: 'iptables', ipv6: 'ip6tables' };

/** The commands by which these nodes are given their rules. */
export function forwardCommands(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.flatMap(({ forward }) => forward.map(({ family }) => commands[family])))];
}
