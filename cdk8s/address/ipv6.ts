import { type Refused, refused } from './parsed.ts';
import { scanQuad } from './quad.ts';
import { quoted } from './quoted.ts';

/** The refusal for a text that is IPv6, with or without a prefix length; undefined for every other text. */
export function refuseIpv6(
  text: string,
  wanted: 'an IPv4 address' | 'an IPv4 network' | 'IPv4 addresses',
): Refused | undefined {
  if (!isIpv6(text.trim())) return undefined;
  const problem = `${quoted(text)} is IPv6, and flatlan supports IPv4 only for now`;
  return refused('ipv6', problem, `write ${wanted}`);
}

const GROUPS = 8;
const BITS = 128;

/**
 * RFC 4291 section 2.2, with a zone (RFC 4007) or without: eight groups; `::` stands for one or more of zeros, a dotted quad
 * at the end for two. ip-address agrees (a test compares them), but takes longer to load than a plan takes to read.
 */
function isIpv6(text: string): boolean {
  const [, address, length = '0'] = /^([\da-f:.]*:[\da-f:.]*)(?:%[^/]*)?(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (address === undefined || Number(length) > BITS) return false;
  const halves = address.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const quad = scanQuad(last) !== undefined && address.endsWith(last);
  if (!(quad ? groups.slice(0, -1) : groups).every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  const count = groups.length + (quad ? 1 : 0);
  return halves.length === 1 ? count === GROUPS : halves.length === 2 && count < GROUPS;
}
