/** Packets counted by the kernel: exact, from the moment that `count` returns, and nothing to wait for. */
import type { Host } from './host.ts';

/**
 * `arriving` sees packets before they are translated, tracked or dropped, `leaving` after all that: what is on the wire.
 * Packets that only pass a bridge are not seen.
 */
export type Hook = 'arriving' | 'forwarded' | 'leaving';

export interface Counter {
  packets(): Promise<number>;
}

const table = 'flatlan_lab';
const chains: Readonly<Record<Hook, string>> = {
  arriving: 'type filter hook prerouting priority -310',
  forwarded: 'type filter hook forward priority -310',
  leaving: 'type filter hook postrouting priority 310',
};

export async function addCounter(host: Host, name: string, hook: Hook, match: string): Promise<Counter> {
  await host.nft(`table inet ${table} {
    counter ${name} {}
    chain ${name} { ${chains[hook]}; policy accept; ${match} counter name ${name}; }
  }`);
  return {
    packets: async () => {
      const text = await host.must(['nft', '--json', 'list', 'counter', 'inet', table, name]);
      const { nftables } = JSON.parse(text) as { nftables: { counter?: { packets: number } }[] };
      const counter = nftables.find((item) => item.counter !== undefined)?.counter;
      if (counter === undefined) throw new Error(`no counter in ${text}`);
      return counter.packets;
    },
  };
}
