/** What the step of nodes and its checks say alike. */
import type { DoubledPackets, ForwardRule, Node } from '../plan/network/index.ts';
import { word } from './shell.ts';

/** The match and the target of a rule that accepts bridged frames (iptables-extensions(8), physdev). */
export const ACCEPT_BRIDGED = '-m physdev --physdev-is-bridged -j ACCEPT';

const commands: Readonly<Record<ForwardRule['family'], string>> = { ipv4: 'iptables', ipv6: 'ip6tables' };

/** The commands by which these nodes are given their rules. */
export function forwardCommands(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.flatMap(({ forward }) => forward.map(({ family }) => commands[family])))];
}

/** The rules against doubled packets that these nodes have: match and target. */
export function doubleRules(nodes: readonly Node[]): string[] {
  const rules = nodes.flatMap(({ forward }) =>
    forward.filter((rule): rule is DoubledPackets => rule.match === 'doubled'),
  );
  return [
    ...new Set(
      rules.map(
        ({ bridge, subnet }) =>
          `-d ${word(subnet)} -i ${word(bridge)} -o ${word(bridge)} -m physdev ! --physdev-is-bridged -j DROP`,
      ),
    ),
  ];
}
