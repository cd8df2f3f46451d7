/** dnsmasq on a host: the DHCP and DNS server of a house. */
import type { Daemon } from './daemon.ts';
import type { Host } from './host.ts';
import { NotYet, waitFor } from './wait.ts';

export interface Lease {
  readonly mac: string;
  readonly address: string;
  readonly name: string;
}

export interface Dnsmasq {
  readonly daemon: Daemon;
  leases(): Lease[];
}

/** `configuration` is a dnsmasq.conf; where leases lie is decided here. */
export async function startDnsmasq(host: Host, configuration: string): Promise<Dnsmasq> {
  const folder = host.folder('dnsmasq');
  const [file, leaseFile] = [`${folder}/dnsmasq.conf`, `${folder}/leases`];
  host.write(file, configuration);
  host.write(leaseFile, '');
  const flags = ['--keep-in-foreground', '--user=root', '--pid-file=', '--log-facility=-', '--log-dhcp'];
  const files = [`--conf-file=${file}`, `--dhcp-leasefile=${leaseFile}`];
  const daemon = await host.start('dnsmasq', ['dnsmasq', ...flags, ...files]);
  await waitFor(`dnsmasq of ${host.name} serves`, 10_000, () => {
    const end = daemon.ended();
    if (end !== undefined) throw new Error(end);
    return Promise.resolve(/started, (version|cache)/.test(daemon.log()) || new NotYet(daemon.tail()));
  });
  return { daemon, leases: () => readLeases(host.read(leaseFile)) };
}

/** A line is: end of the lease, MAC address, address, name or *, client identifier or *. */
function readLeases(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [, mac, address, name] = line.split(' ');
    return mac !== undefined && address !== undefined && name !== undefined ? [{ mac, address, name }] : [];
  });
}
