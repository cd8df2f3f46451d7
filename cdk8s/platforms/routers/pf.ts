/** What pfSense and OPNsense have in common: the firewall pf, and FRR with a field for raw configuration. */
import type { RouterTraits } from './router.ts';

export function pf(name: string): Pick<RouterTraits, 'passAsymmetric' | 'discard'> {
  return {
    // https://docs.netgate.com/pfsense/en/latest/troubleshooting/asymmetric-routing.html, "Manual Fix". The box for traffic on
    // one interface looks at static routes, not at BGP's.
    passAsymmetric: ({ from, to }) =>
      `in ${name} add two firewall rules that pass TCP from ${String(from)} to ${to.join(' and ')}, one on that interface and one floating (direction out), both with TCP flags "any" and state type "sloppy"; the checkbox "Bypass firewall rules for traffic on the same interface" covers static routes only, not BGP routes`,
    discard: (subnet) => `in the raw configuration of FRR: \`ip route ${String(subnet)} blackhole 254\``,
  };
}
