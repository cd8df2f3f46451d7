/** Routes by their subnet and length, in words. */
import type { Prefixes } from '../plan/network/index.ts';
import { code, codes } from './markdown.ts';

/** `10.64.0.0/18` in lengths 26 to 32 (pods), ...; `nothing` where there are none. */
export function prefixText(all: readonly Prefixes[]): string {
  const parts = all.filter(({ shortest, longest }) => shortest !== longest);
  const whole = all.filter(({ shortest, longest }) => shortest === longest).map(({ subnet }) => subnet);
  const texts = [
    ...parts.map((one) => `${lengthsText(one)} (${one.of})`),
    ...(whole.length > 0 ? [`${codes(whole)} (networks, whole)`] : []),
  ];
  return texts.length > 0 ? texts.join(', ') : 'nothing';
}

/** `10.64.0.0/18` in lengths 26 to 32 */
export function lengthsText({ subnet, shortest, longest }: Prefixes): string {
  return `${code(subnet)} in lengths ${shortest} to ${longest}`;
}
