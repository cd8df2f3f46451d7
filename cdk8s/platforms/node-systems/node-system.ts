/**
 * What is true of one system that configures a node's network, as data: one file each beside this one. STEPS words it, and
 * files for a system will be written by it.
 */

export interface NodeSystemTraits {
  readonly title: string;
  /** Where lasting kernel settings (sysctls) stand, as the end of a sentence. */
  readonly sysctlsAt: string;
  /** The setting by which it leaves the DNS servers alone that DHCP names; undefined: none is known here. */
  readonly ignoreDhcpDns: string | undefined;
  /** What leaves an interface up without an address: no DHCP, no link-local address, no router advertisements. */
  readonly withoutAddress: string;
  /** What leaves alone the router that DHCP names (option 3). */
  readonly ignoreDhcpRouter: string;
  /** What keeps it from the devices, routes and rules that Calico and CNI plugins make; undefined: it leaves foreign ones alone. */
  readonly leaveAlone: string | undefined;
  /** Where lasting rules for routes by source stand; undefined: none is known here. */
  readonly sourceRulesAt: string | undefined;
  /** The command that applies a configuration and rolls back by itself unless somebody confirms; undefined: none is known here. */
  readonly trial: string | undefined;
}

/** Of a Linux with a /etc of its own (sysctl.d(5)). */
export const SYSCTL_FILES = 'in a file under `/etc/sysctl.d`';

/** systemd-networkd's own configuration, for whatever is above it (networkd.conf(5)). */
export const MANAGE_NO_FOREIGN =
  'write `[Network]`, `ManageForeignRoutes=no` and `ManageForeignRoutingPolicyRules=no` to a file under `/etc/systemd/networkd.conf.d`';
