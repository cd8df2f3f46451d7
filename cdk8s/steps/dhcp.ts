/** DHCP servers: ranges, and the addresses that they keep for nodes. */
import { groupBy } from '../plan/group.ts';
import type { DhcpScope, HomeAssistant, Network, Segment } from '../plan/network/index.ts';
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

function dhcpStep({ routers, apps }: Network, server: string, segments: readonly Served[]): Step {
  const router = routers.find(({ name }) => name === server);
  const traits = router && platforms[router.software];
  const reservations = segments.flatMap(({ name, dhcp }) =>
    dhcp.reservations.map((one) => ({ ...one, network: name })),
  );
  const fixed = segments.flatMap(({ reserved }) => reserved);
  const leases = traits ? dhcpServers[traits.dhcpServer].leases : `the lease list of ${code(server)}`;
  return {
    title: `DHCP server ${code(server)}`,
    todo: [
      `${traits ? `The one of ${traits.title}. ` : ''}**Files for it are not generated yet**: configure by hand what stands here.`,
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
      ...pinned(apps.homeAssistant, segments),
      ...(fixed.length > 0
        ? [
            'Never handed out, for a device has it already:',
            bullets(fixed.map(({ name, address }) => `${code(address)} of ${code(name)}`)),
          ]
        : []),
    ],
    see: [
      reservations.length > 0
        ? `The server lists the reservations. Once the nodes are configured and have asked again, ${leases} shows ${codes(reservations.slice(0, LONGEST_LIST).map(({ address }) => address))}${reservations.length > LONGEST_LIST ? ' and so on' : ''} for their MAC addresses, and no other device there.`
        : `A device that joins now gets an address of the range; ${leases} shows it.`,
    ],
    back: ['Take the reservations out and give the range its old ends. Leases that were given run on until they end.'],
  };
}

/** A pod that keeps its MAC address keeps its address only where the server reserves one. */
function pinned(app: HomeAssistant | undefined, segments: readonly Served[]): string[] {
  const lan = segments.find(({ subnet }) => app?.attachments[0]?.subnet.equals(subnet));
  if (!app?.mac || !lan) return [];
  return [
    `For ${code('home-assistant')} one more on network ${code(lan.name)}: an address of ${code(lan.subnet)} that is free and outside ${code(lan.dhcp.range)}, for ${code(app.mac)}.`,
  ];
}

const LONGEST_LIST = 12;

/** Hosts take the MTU of an answer for their interface, so it is that between hosts. */
function scopeRow({ name, dhcp, gateway, mtu }: Served): string[] {
  return [
    code(name),
    code(dhcp.range),
    dhcp.lease === undefined ? "the server's own" : code(dhcp.lease),
    gateway ? code(gateway) : 'none',
    mtu === 1500 ? 'leave it out' : String(mtu),
  ];
}
