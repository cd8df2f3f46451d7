/**
 * What a router on an ordinary Linux system needs besides its routing daemon: source NAT and the MSS of tunnels in a table of
 * flatlan's own, permits to include in the chains of a firewall that is there, and kernel settings. Written for nftables 1.0
 * (nft(8)) and sysctl.d(5).
 *
 * A table of its own cannot permit: a packet that one base chain accepts goes on to the next, which may drop it (nft(8),
 * "Verdict statements"). So permits are lines for the chains in which the drop happens.
 */
import type { Permit, Router } from '../plan/network/index.ts';
import type { DeviceFile } from './device-file.ts';

const TABLE = 'flatlan';
const FOLDER = '/etc/nftables.d';

/** Saved into the folder in which it is typed. */
const RULESET = { comment: '#', save: 'nft list ruleset > nftables.before-flatlan' } as const;

export function linuxFiles(router: Router): DeviceFile[] {
  const { permits } = router.routing;
  return [
    {
      ...RULESET,
      name: 'nat.nft',
      what: `Source NAT toward the internet, in the table ${TABLE}. It leaves every other table alone, and can be applied again.`,
      apply: `copy it to ${FOLDER}/flatlan-nat.nft, include that in /etc/nftables.conf, and nft -f it`,
      verify: `nft list table ip ${TABLE}; a pod then reaches the internet`,
      back: `nft delete table ip ${TABLE}, and remove the file`,
      body: natTable(router),
    },
    ...permitFile('input', permitRules(permits, 'input')),
    ...permitFile('forward', [...asymmetricRules(router), ...permitRules(permits, 'forward')]),
    {
      comment: '#',
      name: 'sysctl.conf',
      what: 'Kernel settings of a router.',
      save: 'sysctl -a > sysctl.before-flatlan',
      apply: 'copy it to /etc/sysctl.d/90-flatlan.conf and restart systemd-sysctl',
      verify: 'sysctl net.ipv4.ip_forward prints 1',
      back: 'remove the file; values of before are in the copy',
      body: sysctls(router),
    },
  ];
}

function permitFile(way: Permit['way'], rules: readonly string[]): DeviceFile[] {
  if (rules.length === 0) return [];
  return [
    {
      ...RULESET,
      name: `${way}.nft`,
      what: `Rules for the chain ${way} of the router's own firewall. A chain that drops nothing needs none of them.`,
      apply: `copy it to ${FOLDER}/flatlan-${way}.nft, write include "${FOLDER}/flatlan-${way}.nft" as the first line of the rules in that chain, and nft -f /etc/nftables.conf`,
      verify: 'nft list chain, with your table and chain, shows them before every rule that matches ct state',
      back: 'remove the include and load the firewall again',
      body: rules,
    },
  ];
}

function natTable({ routing: { translation, tunnels } }: Router): string[] {
  return [
    // Declared before it is deleted, so that the first time is no error.
    `table ip ${TABLE} {}`,
    `delete table ip ${TABLE}`,
    `table ip ${TABLE} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat;',
    `    ip saddr ${set(translation.from)} ip daddr != ${set(translation.notTo)} masquerade`,
    '  }',
    ...(tunnels.length > 0
      ? [
          '  chain forward {',
          '    type filter hook forward priority mangle;',
          // Whose ICMP "fragmentation needed" is lost on the way learns the size from the handshake (RFC 4459 section 3.2).
          '    tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu',
          '  }',
        ]
      : []),
    '}',
  ];
}

/** Connections of which the router sees one direction, before the rules that follow connections. */
export function asymmetricRules({ routing: { asymmetric } }: Router): string[] {
  return asymmetric.map(({ from, to }) => `ip saddr ${String(from)} ip daddr ${set(to)} accept`);
}

export function permitRules(permits: readonly Permit[], way: Permit['way']): string[] {
  return permits
    .filter((permit) => permit.way === way)
    .flatMap(({ from, to, ports }) => {
      const ends = `${from.length > 0 ? `ip saddr ${set(from)} ` : ''}${to.length > 0 ? `ip daddr ${set(to)} ` : ''}`;
      if (ports.length === 0) return [`${ends}accept`];
      return ports.map(({ protocol, number }) =>
        number === undefined ? `${ends}meta l4proto ${protocol} accept` : `${ends}${protocol} dport ${number} accept`,
      );
    });
}

function sysctls({ routing: { withoutRedirects } }: Router): string[] {
  return [
    'net.ipv4.ip_forward = 1',
    // By address and port; by addresses alone all connections of a client go to one node.
    'net.ipv4.fib_multipath_hash_policy = 1',
    // The setting of all interfaces counts beside that of each (Linux, ip-sysctl): both have to be off.
    ...(withoutRedirects.length > 0
      ? ['net.ipv4.conf.all.send_redirects = 0', 'net.ipv4.conf.*.send_redirects = 0']
      : []),
  ];
}

/** An anonymous set of addresses. */
export function set(all: readonly unknown[]): string {
  return `{ ${all.map(String).join(', ')} }`;
}
