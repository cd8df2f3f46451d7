/**
 * How each router is told to pass connections of which it sees only the half from the client: a client and a node share a
 * subnet, so the node answers past the router (rules/clients.ts has the picture).
 */
import type { Cidr } from '../address/index.ts';
import type { RouterSoftware } from './network/underlay.ts';

export interface Flow {
  /** Where clients are. */
  readonly from: Cidr;
  /** What they reach by way of the router. */
  readonly to: readonly Cidr[];
}

function each(to: readonly Cidr[], line: (subnet: string, index: number) => string): string {
  return to.map((subnet, index) => line(String(subnet), index)).join('; ');
}

/** pf, in pfSense and OPNsense alike: their box for traffic on one interface looks at static routes, not at BGP's. */
function pf(name: string): (flow: Flow) => string {
  // https://docs.netgate.com/pfsense/en/latest/troubleshooting/asymmetric-routing.html, "Manual Fix".
  return ({ from, to }) =>
    `in ${name} add two firewall rules that pass TCP from ${String(from)} to ${to.join(' and ')}, one on that interface and one floating (direction out), both with TCP flags "any" and state type "sloppy"; the box "Bypass firewall rules for traffic on the same interface" helps static routes only, not those of BGP`;
}

/** An ordinary Linux router: frr and bird bring no firewall of their own. */
function linux({ from, to }: Flow): string {
  return `on the router put this before every rule that looks at ct state: nft insert rule inet filter forward ip saddr ${String(from)} ip daddr { ${to.join(', ')} } accept (with your own table and chain); or write stateful: false if it has no such rule`;
}

const remedies: Readonly<Record<RouterSoftware, (flow: Flow) => string>> = {
  pfsense: pf('pfSense'),
  opnsense: pf('OPNsense'),
  // Grammar as in the Vyatta family; a rule number below those of the rules for state established and invalid.
  edgeos: ({ from, to }) =>
    `on the EdgeRouter, in the ruleset that is "in" of that interface (often LAN_IN; without one nothing is dropped), before its rules on state: ${each(to, (subnet, index) => `set firewall name LAN_IN rule ${index + 1} action accept; set firewall name LAN_IN rule ${index + 1} source address ${String(from)}; set firewall name LAN_IN rule ${index + 1} destination address ${subnet}`)}`,
  // VyOS documentation, system conntrack: 1.4 and newer.
  vyos: ({ from, to }) =>
    `on VyOS: ${each(to, (subnet, index) => `set system conntrack ignore ipv4 rule ${index + 10} source address ${String(from)}; set system conntrack ignore ipv4 rule ${index + 10} destination address ${subnet}`)}; and accept both before any rule on state invalid`,
  // help.mikrotik.com, Filter: the default forward rules accept established, related, untracked.
  routeros: ({ from, to }) =>
    `on RouterOS: ${each(to, (subnet) => `/ip firewall raw add chain=prerouting action=notrack src-address=${String(from)} dst-address=${subnet}`)}; the default forward rules accept what is untracked`,
  unifi: ({ from, to }) =>
    `on the UniFi gateway add a firewall policy, Internal to Internal, that allows source ${String(from)} to destination ${to.join(' and ')} in every connection state (Invalid too), above "Block Invalid Traffic"`,
  frr: linux,
  bird: linux,
};

/** What to do at a router of this software, as a sentence. */
export function passAsymmetric(software: RouterSoftware, flow: Flow): string {
  return remedies[software](flow);
}
