/** What is true of one DHCP server, as data: one file each beside this one. Most come with a router (platforms/routers). */

export interface DhcpServerTraits {
  /** A command in Markdown, or a place in its user interface: lists the leases that it gave. */
  readonly leases: string;
  /** Whether it keeps an address inside its range for one device; otherwise reserved addresses are outside the range. */
  readonly reservesInRange: boolean;
}
