/**
 * FRR (docs.frrouting.org, bgp.html; checked with 8.4.4 by vtysh and bgpd). Two files of the same lines: one to add to what a
 * router has, which removes nothing, and one that is the whole configuration of a router without any other.
 */
import type { Router } from '../plan/network/index.ts';
import { routers as platforms } from '../platforms/routers/index.ts';
import type { DeviceFile } from './device-file.ts';
import { placeholder } from './secrets.ts';
import { plainName, sessionGroups, type PrefixList, type SessionGroup } from './sessions.ts';

/** Distance: behind BGP's 20 and 200. */
const DISCARD = 254;
/** Seconds until a session that is down is tried again; FRR waits 120. */
const CONNECT = 10;
/** Percent of the limit at which FRR warns first (its default is 75). */
const THRESHOLD = 80;

export function frrFiles(router: Router): DeviceFile[] {
  const lines = frrLines(router);
  const { save, restore, neighbors, established } = platforms.frr;
  const common = {
    comment: '!',
    save,
    verify: `${neighbors} shows ${established} for each node that runs Calico`,
    back: restore,
  } as const;
  return [
    {
      ...common,
      name: 'frr-add.conf',
      what: 'BGP for FRR, to add to the configuration that a router has. It removes nothing.',
      apply: 'vtysh -f frr-add.conf, then vtysh -c "write memory"',
      body: lines,
    },
    {
      ...common,
      name: 'frr.conf',
      what: 'The whole configuration of FRR, for a router that has no other: what is not in it is removed.',
      apply:
        'frr-reload.py --test frr.conf shows what changes; then copy it to /etc/frr/frr.conf and frr-reload.py --reload /etc/frr/frr.conf',
      body: ['frr defaults traditional', `hostname ${plainName(router.name)}`, ...lines],
    },
  ];
}

/** What both files have: discard routes, lists, BGP. */
function frrLines(router: Router): string[] {
  const groups = sessionGroups(router);
  const { asn, interfaces, routing } = router;
  const external = groups.some(({ shared }) => shared.kind === 'node' && shared.asn !== asn);
  return [
    ...routing.discards.map((subnet) => `ip route ${String(subnet)} blackhole ${DISCARD}`),
    ...groups.flatMap(({ importList, exportList }) => [...prefixList(importList), ...prefixList(exportList)]),
    `router bgp ${asn}`,
    ` bgp router-id ${String(interfaces[0]?.address)}`,
    // So that no neighbor is active before its filters are there.
    ' no bgp default ipv4-unicast',
    ...groups.flatMap(sessionLines),
    ' address-family ipv4 unicast',
    ...routing.originates.map((subnet) => `  network ${String(subnet)}`),
    ...groups.flatMap(policyLines),
    `  maximum-paths ${external ? '' : 'ibgp '}${routing.paths}`,
    ' exit-address-family',
    'exit',
  ];
}

function prefixList({ name, entries }: PrefixList): string[] {
  const rules = entries.map(({ subnet, shortest, longest }) => {
    const from = shortest > subnet.prefix ? ` ge ${shortest}` : '';
    const to = longest > subnet.prefix ? ` le ${longest}` : '';
    return `permit ${String(subnet)}${from}${to}`;
  });
  return [...rules, 'deny any'].map((rule, index) => `ip prefix-list ${name} seq ${10 * (index + 1)} ${rule}`);
}

function sessionLines({ name, shared, members }: SessionGroup): string[] {
  const { asn, local, hold, keepalive, password } = shared;
  return [
    ` neighbor ${name} peer-group`,
    ` neighbor ${name} remote-as ${asn}`,
    ` neighbor ${name} update-source ${String(local)}`,
    ` neighbor ${name} timers ${keepalive} ${hold}`,
    ` neighbor ${name} timers connect ${CONNECT}`,
    ...(password ? [` neighbor ${name} password ${placeholder(password)}`] : []),
    ...members.flatMap((member) =>
      member.address
        ? [
            ` neighbor ${String(member.address)} peer-group ${name}`,
            ` neighbor ${String(member.address)} description ${plainName(member.name)}`,
          ]
        : [` ! neighbor <address of ${plainName(member.name)}, which DHCP gives> peer-group ${name}`],
    ),
  ];
}

function policyLines({ name, shared, importList, exportList }: SessionGroup): string[] {
  return [
    `  neighbor ${name} activate`,
    `  neighbor ${name} prefix-list ${importList.name} in`,
    `  neighbor ${name} prefix-list ${exportList.name} out`,
    `  neighbor ${name} maximum-prefix ${shared.prefixLimit} ${THRESHOLD} warning-only`,
    ...(shared.reflect ? [`  neighbor ${name} route-reflector-client`] : []),
    ...(shared.nextHopSelf ? [`  neighbor ${name} next-hop-self`] : []),
  ];
}
