/** What each router's software is called, and its commands for looking and for going back. */
import type { RouterSoftware } from '../plan/network/index.ts';

export interface RouterWords {
  readonly name: string;
  /** Before anything is changed. */
  readonly save: string;
  readonly restore: string;
  /** Lists sessions with nodes. */
  readonly sessions: string;
  /** How it calls a session that nobody has answered yet. */
  readonly waiting: string;
  /** How it shows one that works. */
  readonly established: string;
  /** Lists what BGP taught it. */
  readonly routes: string;
  /** A blackhole route for SUBNET that loses against every other: with a distance, or preference, behind BGP's. */
  readonly discard: string;
  /** Lists the leases of its DHCP server. */
  readonly leases: string;
}

const number = 'a number in the last column (how many routes came) in place of a state';
const idle = '`Active`, `Connect` or `Idle`';

// Commands as in the vendors' manuals: FRR (bgp.html), VyOS (protocols/bgp), EdgeOS (EdgeRouter BGP, the Vyatta family),
// MikroTik (Routing > BGP), Netgate and OPNsense (FRR package), BIRD (remote control). None of them was run here but FRR and BIRD.
export const routerWords: Readonly<Record<RouterSoftware, RouterWords>> = {
  frr: {
    name: 'FRR',
    save: '`cp -a /etc/frr/frr.conf /etc/frr/frr.conf.before-flatlan`',
    restore: '`frr-reload.py --reload /etc/frr/frr.conf.before-flatlan`, then copy that file back',
    sessions: "`vtysh -c 'show bgp summary'`",
    waiting: idle,
    established: number,
    routes: "`vtysh -c 'show ip route bgp'`",
    discard: 'in FRR: `ip route SUBNET blackhole 254`',
    leases: 'the lease file of its DHCP server (dnsmasq: `cat /var/lib/misc/dnsmasq.leases`)',
  },
  bird: {
    name: 'BIRD',
    save: '`cp -a /etc/bird/bird.conf /etc/bird/bird.conf.before-flatlan`',
    restore: 'copy that file back and `birdc configure`',
    sessions: '`birdc show protocols`',
    waiting: '`start` with `Active` or `Connect`',
    established: '`up` with `Established`',
    routes: '`birdc show route`',
    discard: 'a static protocol with preference 1 and: `route SUBNET blackhole`',
    leases: 'the lease file of its DHCP server (dnsmasq: `cat /var/lib/misc/dnsmasq.leases`)',
  },
  unifi: {
    name: 'UniFi',
    save: 'Settings > System > Backups: download one',
    restore: 'Settings > Routing > BGP: remove the configuration',
    sessions: "`vtysh -c 'show bgp summary'` (by SSH)",
    waiting: idle,
    established: number,
    routes: "`vtysh -c 'show ip route bgp'`",
    discard: 'in the FRR file: `ip route SUBNET blackhole 254`',
    leases: 'Client Devices in the UniFi console',
  },
  pfsense: {
    name: 'pfSense with the FRR package',
    save: 'Diagnostics > Backup & Restore: download one',
    restore: 'Diagnostics > Backup & Restore: restore it',
    sessions: 'Status > FRR > BGP',
    waiting: idle,
    established: number,
    routes: 'Status > FRR > Zebra: routes',
    discard: 'in the raw configuration of FRR: `ip route SUBNET blackhole 254`',
    leases: 'Status > DHCP Leases',
  },
  opnsense: {
    name: 'OPNsense with os-frr',
    save: 'System > Configuration > Backups: download one',
    restore: 'System > Configuration > Backups: restore it',
    sessions: 'Routing > Diagnostics > BGP',
    waiting: idle,
    established: number,
    routes: 'Routing > Diagnostics > General: routes',
    discard: 'in the raw configuration of FRR: `ip route SUBNET blackhole 254`',
    leases: 'Services > DHCP: Leases',
  },
  edgeos: {
    name: 'EdgeOS',
    save: '`cp /config/config.boot /config/config.boot.before-flatlan`',
    restore: '`configure`, `load /config/config.boot.before-flatlan`, `commit`, `save`',
    sessions: '`show ip bgp summary`',
    waiting: idle,
    established: number,
    routes: '`show ip route bgp`',
    discard: '`set protocols static route SUBNET blackhole distance 254`',
    leases: '`show dhcp leases`',
  },
  vyos: {
    name: 'VyOS',
    save: '`cp /config/config.boot /config/config.boot.before-flatlan`',
    restore: '`configure`, `load /config/config.boot.before-flatlan`, `commit`, `save`',
    sessions: '`show bgp summary`',
    waiting: idle,
    established: number,
    routes: '`show ip route bgp`',
    discard: '`set protocols static route SUBNET blackhole distance 254`',
    leases: '`show dhcp server leases`',
  },
  routeros: {
    name: 'RouterOS 7',
    save: '`/system backup save name=before-flatlan`',
    restore: '`/system backup load name=before-flatlan` (it restarts)',
    sessions: '`/routing/bgp/session print`',
    waiting: 'missing there, and listed by `/routing/bgp/connection print`',
    established: 'the flag `E`',
    routes: '`/ip/route print where bgp`',
    discard: '`/ip/route add dst-address=SUBNET blackhole distance=254`',
    leases: '`/ip dhcp-server lease print`',
  },
};
