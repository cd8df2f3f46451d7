/** Routes by their subnet and length, in words. */
import type { Prefixes } from '../plan/network/index.ts';
import { code, codes } from './markdown.ts';

/** `10.64.0.0/18` as /26 to /32 (ge 26 le 32) for pods, ...; `nothing` where there are none. */
export function prefixText(all: readonly Prefixes[]): string {
  const parts = all.filter(({ shortest, longest }) => shortest !== longest);
  const whole = all.filter(({ shortest, longest }) => shortest === longest).map(({ subnet }) => subnet);
  const texts = [
    ...parts.map((one) => `${lengthsText(one)} for ${one.of}`),
    ...(whole.length > 0 ? [`${codes(whole)} (networks, whole)`] : []),
  ];
  return texts.length > 0 ? texts.join(', ') : 'nothing';
}

/** `10.64.0.0/18` as /26 to /32 (ge 26 le 32), in the words of prefix lists, which need no `ge` for the subnet's own length. */
export function lengthsText({ subnet, shortest, longest }: Prefixes): string {
  const from = shortest > subnet.prefix ? `ge ${shortest} ` : '';
  return `${code(subnet)} as /${shortest} to /${longest} (${from}le ${longest})`;
}
