/**
 * Rules about MTUs. The largest packet of a pod must fit every hop on its path:
 *
 *     pod --- node ===mtu=== node           between the hosts of a network
 *              \==mtu== gateway's port ==gatewayMtu== link
 */
import { DEFAULT_MTU, MTU } from '../bounds.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { carriersOf } from './view/topology.ts';

interface Limit {
  readonly bytes: number;
  /** `network home` */
  readonly who: string;
}

function smallest(limits: readonly Limit[]): Limit | undefined {
  return limits.reduce<Limit | undefined>((least, one) => (least && least.bytes <= one.bytes ? least : one), undefined);
}

/** The networks that carry pods; values that could not be read set no limit. */
function carriers(checked: CheckedPlan): Limit[] {
  return [...carriersOf(checked).keys()].flatMap((name) => {
    const mtu = checked.plan.networks?.[name]?.mtu;
    return mtu === undefined ? [] : [{ bytes: mtu, who: `network ${name}` }];
  });
}

function beyond(checked: CheckedPlan): Limit[] {
  const { plan } = checked;
  const gateways = [...carriersOf(checked).keys()].flatMap((name) => {
    const bytes = plan.networks?.[name]?.gatewayMtu;
    return bytes === undefined ? [] : [{ bytes, who: `the gateway of network ${name}` }];
  });
  const links = entries(plan.links).flatMap(([name, { mtu }]) =>
    mtu === undefined ? [] : [{ bytes: mtu, who: `link ${name}` }],
  );
  return [...gateways, ...links];
}

function* podsNetwork(checked: CheckedPlan): Iterable<Violation> {
  const mtu = checked.plan.pods?.mtu;
  const least = smallest(carriers(checked));
  if (mtu === undefined || !least || mtu <= least.bytes) return;
  yield {
    at: ['pods', 'mtu'],
    problem: `the MTU of pods is ${mtu}, but ${least.who}, which carries them, has MTU ${least.bytes}`,
    remedy: `write mtu: ${least.bytes} or less, or leave it out`,
  };
}

function* podsPath(checked: CheckedPlan): Iterable<Violation> {
  const mtu = checked.plan.pods?.mtu;
  const network = smallest(carriers(checked));
  const least = smallest(beyond(checked));
  if (mtu === undefined || !network || !least || mtu > network.bytes || mtu <= least.bytes) return;
  yield {
    at: ['pods', 'mtu'],
    problem: `the MTU of pods is ${mtu}, but ${least.who} has MTU ${least.bytes}: connections hang if a firewall drops the ICMP message "fragmentation needed"`,
    remedy: `write mtu: ${least.bytes}, or leave it out`,
  };
}

function* gateway({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [name, { mtu, gatewayMtu }] of entries(plan.networks))
    if (mtu !== undefined && gatewayMtu !== undefined && gatewayMtu > mtu)
      yield {
        at: ['networks', name, 'gatewayMtu'],
        problem: `the gateway of network ${name} has MTU ${gatewayMtu}, but its hosts have MTU ${mtu}`,
        remedy: `remove gatewayMtu and set that port to ${mtu}, or write mtu: ${gatewayMtu} if every host and switch there supports it`,
      };
}

export const mtuRules: readonly Rule[] = [
  {
    code: 'mtu/range',
    severity: 'error',
    summary: `MTUs are ${MTU.minimum} (every host must accept it, RFC 1122) to ${MTU.maximum} (the maximum of common switches).`,
    remedy: `write ${DEFAULT_MTU}, or leave it out`,
  },
  {
    code: 'mtu/gateway',
    severity: 'error',
    summary: "The MTU of a gateway's port is at most that of its network.",
    remedy: 'remove gatewayMtu, or raise mtu',
    check: gateway,
  },
  {
    code: 'mtu/pods-network',
    severity: 'error',
    summary: 'The MTU of pods is at most that of the network that carries them.',
    remedy: 'leave pods.mtu out: it is then the largest that fits every path',
    check: podsNetwork,
  },
  {
    code: 'mtu/pods-path',
    severity: 'warning',
    summary: 'The MTU of pods fits every gateway and link on their path.',
    remedy: 'leave pods.mtu out: it is then the largest that fits every path',
    check: podsPath,
  },
];
