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

/**
 * Bytes that a tunnel adds to a packet over IPv4. WireGuard: IPv4 20, UDP 8, its header and tag 32 (wireguard.com, protocol).
 * IPsec: the smallest, ESP in tunnel mode with AES-GCM: IPv4 20, ESP 8 and 2, IV 8, tag 16 (RFC 4303, RFC 4106).
 */
const OVERHEAD: Readonly<Record<'wireguard' | 'ipsec', number>> = { wireguard: 60, ipsec: 54 };
/** Over IPv6 its header is 20 bytes longer; what WireGuard's own tools take. */
const USUAL_MTU: Readonly<Record<'wireguard' | 'ipsec', number>> = { wireguard: 1420, ipsec: 1400 };

function* linkPath({ plan }: CheckedPlan): Iterable<Violation> {
  for (const [name, { kind, mtu }] of entries(plan.links)) {
    if (kind === undefined || mtu === undefined || mtu <= DEFAULT_MTU - OVERHEAD[kind]) continue;
    yield {
      at: ['links', name, 'mtu'],
      problem: `link ${name} has MTU ${mtu}, but a packet of an internet line has ${DEFAULT_MTU} bytes at most, and the tunnel adds ${OVERHEAD[kind]}: full packets are split or lost`,
      remedy: `write mtu: ${USUAL_MTU[kind]}, or less where the line has less (PPPoE: 8 bytes); ignore this for a line of your own with larger packets`,
    };
  }
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
    code: 'mtu/link-path',
    severity: 'warning',
    summary: `The MTU of a link leaves room for the tunnel's headers in packets of ${DEFAULT_MTU} bytes.`,
    remedy: 'lower the MTU of the link',
    check: linkPath,
  },
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
