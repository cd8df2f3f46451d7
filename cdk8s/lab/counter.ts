/** Packets counted by the kernel: exact, from the moment that `count` returns, and nothing to wait for. */
import type { Host } from './host.ts';

/**
 * `arriving` sees packets before they are translated, tracked or dropped, `leaving` after all that: what is on the wire.
 * Packets that only pass a bridge are not seen. ARP has hooks of its own, and no other sees it.
 */
export type Hook = 'arriving' | 'forwarded' | 'leaving' | 'arp arriving' | 'arp leaving';

export interface Counter {
  packets(): Promise<number>;
}

const table = 'flatlan_lab';
const chains: Readonly<Record<Hook, string>> = {
  arriving: 'type filter hook prerouting priority -310',
  forwarded: 'type filter hook forward priority -310',
  leaving: 'type filter hook postrouting priority 310',
  'arp arriving': 'type filter hook input priority 0',
  'arp leaving': 'type filter hook output priority 0',
};

export async function addCounter(host: Host, name: string, hook: Hook, match: string): Promise<Counter> {
  const family = hook.startsWith('arp ') ? 'arp' : 'inet';
  await host.nft(`table ${family} ${table} {
    counter ${name} {}
    chain ${name} { ${chains[hook]}; policy accept; ${match} counter name ${name}; }
  }`);
  return {
    packets: async () => {
      const text = await host.must(['nft', '--json', 'list', 'counter', family, table, name]);
      const { nftables } = JSON.parse(text) as { nftables: { counter?: { packets: number } }[] };
      const counter = nftables.find((item) => item.counter !== undefined)?.counter;
      if (counter === undefined) throw new Error(`no counter in ${text}`);
      return counter.packets;
    },
  };
}
