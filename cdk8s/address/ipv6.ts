import { Address6 } from 'ip-address';
import { type Refused, refused } from './parsed.ts';
import { quoted } from './quoted.ts';

/** The refusal for a text that is IPv6, with or without a prefix length; undefined for every other text. */
export function refuseIpv6(
  text: string,
  wanted: 'an IPv4 address' | 'an IPv4 network' | 'IPv4 addresses',
): Refused | undefined {
  const bare = text.trim();
  if (!bare.includes(':') || !Address6.isValid(bare)) return undefined;
  const problem = `${quoted(text)} is IPv6, and flatlan supports IPv4 only for now`;
  return refused('ipv6', problem, `write ${wanted}`);
}
