/** What a router must let pass, drop and translate. */
import type { Permit, Port, Router } from '../plan/network/index.ts';
import { routers as platforms } from '../platforms/routers/index.ts';
import { code, codes, namesOr, prose } from './markdown.ts';

export function trafficBullets(router: Router): string[] {
  const { permits, translation } = router.routing;
  return [
    ...permits.map(permitText),
    `To the internet: translate the sources ${codes(translation.from)} (masquerade), unless a rule there does so for whatever leaves. Between networks of the plan, tunnels too: no translation, or pods see the router in place of who asks.`,
    ...sharedBullets(router),
  ];
}

export function discardText({ software, routing: { discards, neighbors } }: Router): string[] {
  const [first] = discards;
  if (!first) return [];
  const linked = neighbors.some(({ kind }) => kind === 'router') ? ', or to a site whose tunnels are down,' : '';
  return [
    `Discard routes (blackhole) for ${codes(discards)}, which lose against every other route and are announced to nobody: ${platforms[software].discard(first)}${discards.length > 1 ? ', the others alike' : ''}. A packet to a pod that is gone${linked} ends here then, and does not leave by the WAN.`,
  ];
}

/** Addresses, which are shorter than names. */
const MOST = 12;

const purposes: Readonly<Record<Permit['why'], string>> = {
  bgp: 'BGP',
  dns: "DNS; the cluster's DNS asks with the address of a pod",
  tunnel: 'tunnels',
  clients: 'client devices',
  'clients elsewhere': 'client devices of other sites: nothing else here',
  nodes: 'nodes',
  pods: 'pods',
};

function permitText({ why, way, from, to, ports }: Permit): string {
  const subject = why === 'nodes' && from.every((one) => to.includes(one)) ? 'nodes, to each other too' : purposes[why];
  const place = way === 'input' ? 'To the router itself' : 'Through the router';
  const whom = from.length === 0 ? ' from anywhere' : ` from ${list(from)}`;
  if (why === 'pods') return `${place} (${subject}):${whom} to wherever pods may go.`;
  const what = ports.length > 0 ? ` ${ports.map(portText).join(', ')}` : '';
  return `${place} (${subject}):${what}${to.length > 0 && way === 'input' ? ` at ${list(to)}` : ''}${whom}${way === 'forward' ? ` to ${list(to)}` : ''}.`;
}

function list(all: readonly unknown[]): string {
  return namesOr(`${codes([all[0]])} to ${codes([all.at(-1)])} (${all.length} of them)`, all, MOST);
}

function portText({ protocol, number }: Port): string {
  return number === undefined ? 'ESP (IP protocol 50)' : `${protocol.toUpperCase()} ${number}`;
}

/** Clients and nodes on one segment: the router sees only the questions. */
function sharedBullets({ software, routing: { withoutRedirects, asymmetric } }: Router): string[] {
  return withoutRedirects.flatMap((name) => [
    `No ICMP redirects on network ${code(name)} (Linux: ${code('net.ipv4.conf.all.send_redirects=0')} and that of the interface): they would pin clients to one node.`,
    ...asymmetric
      .filter(({ network }) => network === name)
      .map(
        (flow) =>
          `Clients and nodes share network ${code(name)}, and nodes answer past the router: ${prose(platforms[software].passAsymmetric(flow))}.`,
      ),
  ]);
}
