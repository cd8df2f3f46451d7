/** DHCP servers: ranges, and the addresses that they keep for nodes. */
import { groupBy } from '../plan/group.ts';
import { named } from '../plan/must.ts';
import type { DhcpScope, Network, Segment } from '../plan/network/index.ts';
import { dhcpServers } from '../platforms/dhcp-servers/index.ts';
import { routers as platforms } from '../platforms/routers/index.ts';
import { bullets, code, codes, table } from './markdown.ts';
import type { Step } from './step.ts';

type Served = Segment & { readonly dhcp: DhcpScope };

export function dhcpSteps(network: Network): Step[] {
  const served = network.segments.filter((segment): segment is Served => segment.dhcp !== undefined);
  return [...groupBy(served, ({ dhcp }) => dhcp.server)].map(([server, segments]) =>
    dhcpStep(network, server, segments),
  );
}

function dhcpStep({ routers }: Network, server: string, segments: readonly Served[]): Step {
  const software = segments[0]?.dhcp.software;
  const owner = software && platforms[named(routers, server, 'router').software];
  const reservations = segments.flatMap(({ name, dhcp }) =>
    dhcp.reservations.map((one) => ({ ...one, network: name })),
  );
  const kept = segments.flatMap(({ dhcp }) => dhcp.kept);
  const fixed = segments.flatMap(({ reserved, dhcp }) => reserved.filter(({ name }) => !isKept(dhcp, name)));
  const leases = software ? dhcpServers[software].leases : `the lease list of ${code(server)}`;
  return {
    title: `DHCP server ${code(server)}`,
    todo: [
      `${owner ? `The DHCP server of ${owner.title}. ` : ''}**Files for it are not generated yet**: configure by hand what stands here.`,
      table(['network', 'hands out', 'lease', 'router (option 3)', 'MTU (option 26)'], segments.map(scopeRow)),
      ...(reservations.length > 0
        ? [
            'Reservations, keyed on the MAC address:',
            table(
              ['node', 'network', 'MAC address', 'address'],
              reservations.map(({ name, network, mac, address }) => [
                code(name),
                code(network),
                code(mac),
                code(address),
              ]),
            ),
          ]
        : []),
      ...segments.flatMap(pinned),
      ...(kept.length > 0
        ? [
            'Inside the range, each for the MAC address of its device (its label, or the lease that it has now):',
            bullets(kept.map(({ name, address }) => `${code(address)} for ${code(name)}`)),
          ]
        : []),
      ...(fixed.length > 0
        ? [
            'Never handed out, for a device has it already:',
            bullets(fixed.map(({ name, address }) => `${code(address)} of ${code(name)}`)),
          ]
        : []),
    ],
    see: [
      reservations.length > 0
        ? `The server lists the reservations. Once the nodes are configured and have asked again, ${leases} shows ${codes(reservations.slice(0, MOST).map(({ address }) => address))}${reservations.length > MOST ? ' and so on' : ''} for their MAC addresses, and no other device there.`
        : `A device that joins now gets an address of the range; ${leases} shows it.`,
    ],
    back: ['Remove the reservations and restore the old range. Leases that were given stay valid until they expire.'],
  };
}

function isKept({ kept }: DhcpScope, device: string): boolean {
  return kept.some(({ name }) => name === device);
}

/** A pod that keeps its MAC address keeps its address only where the server reserves one. */
function pinned({ name, subnet, dhcp }: Served): string[] {
  return dhcp.pinned.map(
    ({ workload, mac }) =>
      `For ${code(workload)} one more on network ${code(name)}: an address of ${code(subnet)} that is free and outside ${code(dhcp.range)}, for ${code(mac)}.`,
  );
}

/** Addresses, which are shorter than names. */
const MOST = 12;

function scopeRow({ name, dhcp }: Served): string[] {
  return [
    code(name),
    code(dhcp.range),
    dhcp.lease === undefined ? "the server's own" : code(dhcp.lease),
    dhcp.options.router ? code(dhcp.options.router) : 'none',
    dhcp.options.mtu === undefined ? 'leave it out' : String(dhcp.options.mtu),
  ];
}
