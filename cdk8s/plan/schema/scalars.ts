/**
 * Addresses, numbers and words of a plan. Each parses text into its type; after this step there are no raw strings.
 * `meta` is what editors show and complete; a key of the schema gives its own description.
 */
import * as z from 'zod';
import {
  AS_NUMBER,
  BLOCK_SIZE,
  HOLD,
  KEEPALIVE,
  MTU,
  PRIVATE_AS,
  RESERVED_AS,
  span,
  VLAN,
  type Bounds,
} from '../bounds.ts';
import {
  parseAddress,
  parseCidr,
  parseMac,
  parseNetworkOrRange,
  parseRange,
  type Parsed,
  type Reason,
} from '../../address/index.ts';
import { quoted } from '../../address/quoted.ts';
import { refuse } from './refusal.ts';

const ruleOfReason: Readonly<Record<Reason, string>> = {
  syntax: 'addresses/syntax',
  octal: 'addresses/octal',
  'host-bits': 'addresses/host-bits',
  order: 'addresses/range-order',
  ipv6: 'addresses/ipv6',
};

export interface Meaning {
  readonly description: string;
  readonly examples?: readonly string[];
}

/**
 * A type from one of the parsers of address/. `pattern` is loose on purpose: editors point out gross mistakes, the parser
 * decides. `{}` is the number of a node pattern.
 */
function fromParser<T>(parse: (text: string) => Parsed<T>, pattern: string, example: string) {
  return ({ description, examples = [example] }: Meaning) =>
    z
      .string()
      .meta({ description, examples: [...examples], pattern })
      .transform((text, ctx) => {
        const parsed = parse(text);
        if (parsed.ok) return parsed.value;
        refuse(ctx, parsed.problem, { rule: ruleOfReason[parsed.reason], remedy: parsed.remedy });
        return z.NEVER;
      });
}

/** An IPv4 subnet, written by its first address. */
export const cidr = fromParser(parseCidr, '^[0-9{}.]+/[0-9]+$', '192.168.2.0/24');
/** An IPv4 address. */
export const address = fromParser(parseAddress, '^[0-9{}.]+$', '192.168.2.1');
/** The first and the last IPv4 address, joined by a dash. */
export const range = fromParser(parseRange, '^[0-9.]+-[0-9.]+$', '192.168.2.100-192.168.2.199');
/** An IPv4 subnet, or a range of addresses. */
export const cidrOrRange = fromParser(parseNetworkOrRange, '^[0-9{}.]+/[0-9]+$|^[0-9.]+-[0-9.]+$', '192.168.6.0/24');
export const mac = fromParser(parseMac, '^[0-9A-Fa-f:{}-]+$', '00:15:5d:02:cb:09');

interface Bounded extends Bounds {
  readonly rule: string;
  /** Completes "... 19 is outside 20 to 32". */
  readonly what: string;
}

function bounded({ rule, what, minimum, maximum }: Bounded) {
  return z
    .int({ abort: true })
    .superRefine((value, ctx) => {
      if (value < minimum || value > maximum)
        refuse(ctx, `${what} ${value} is outside ${minimum} to ${maximum}`, { rule });
    })
    .meta({ minimum, maximum });
}

export const asn = z
  .int()
  .superRefine((value, ctx) => {
    const problem = asnProblem(value);
    if (problem !== undefined) refuse(ctx, problem, { rule: 'bgp/asn-range' });
  })
  .meta({ ...AS_NUMBER, examples: [PRIVATE_AS.minimum] });

function asnProblem(value: number): string | undefined {
  if (value < AS_NUMBER.minimum || value > AS_NUMBER.maximum)
    return `AS ${value} is outside ${span(AS_NUMBER)}, the range that Calico's API accepts`;
  if (value === 23456)
    return 'AS 23456 is reserved (AS_TRANS: it replaces 32-bit AS numbers towards routers that know 16 bits only)';
  return RESERVED_AS.includes(value) ? `AS ${value} is reserved` : undefined;
}

export const vlan = bounded({ rule: 'vlan/id-range', what: 'VLAN ID', ...VLAN });
export const mtu = bounded({ rule: 'mtu/range', what: 'MTU', ...MTU });
export const blockSize = bounded({ rule: 'pods/block-size', what: 'block size', ...BLOCK_SIZE });
export const hold = bounded({ rule: 'bgp/hold-range', what: 'hold time', ...HOLD });
export const keepalive = bounded({ rule: 'bgp/keepalive-range', what: 'keepalive time', ...KEEPALIVE });
/** How many of something: no more than there are IPv4 addresses in the largest private range, 10.0.0.0/8. */
export function count(minimum: number) {
  return bounded({ rule: 'schema/value', what: 'number', minimum, maximum: 2 ** 24 });
}

interface Word {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Completes "... is not"; says what the pattern means. */
  readonly what: string;
  readonly description: string;
  readonly examples?: string[];
  readonly remedy?: (text: string) => string | undefined;
  /** What the pattern cannot say: whether this one of its words exists. */
  readonly known?: (text: string) => boolean;
  /** A person may have written the secret itself here: messages do not repeat it. */
  readonly secret?: true;
}

/** A word that a pattern describes; editors get the pattern too, unless it needs the flag u, which they may lack. */
export function word({ rule, pattern, what, description, examples, remedy, known, secret }: Word) {
  return z
    .string()
    .superRefine((text, ctx) => {
      if (!pattern.test(text) || known?.(text) === false)
        refuse(ctx, `${secret ? 'this' : quoted(text)} is not ${what}`, { rule, remedy: remedy?.(text) });
      // Properties of every JavaScript object: a program that looks names up in one would find these.
      else if (text in Object.prototype)
        refuse(ctx, `${quoted(text)} is a reserved word in JavaScript and cannot be a name`, { rule });
    })
    .meta({ description, ...(!pattern.unicode && { pattern: pattern.source }), ...(examples && { examples }) });
}
