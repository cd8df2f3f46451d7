/** What to write in place of a value that is of another form than the plan's: most are right in some other program. */
import * as z from 'zod';
import { quoted } from '../../address/quoted.ts';
import { isMap } from '../data.ts';
import type { Path } from '../finding.ts';
import { shapeOf, unwrap, type Schema } from '../schema/walk.ts';
import type { Refusal } from '../schema/refusal.ts';
import { QUOTE_MARKS, remedyForMarks, VARIABLES } from './marks.ts';
import { numberIn } from '../numbers.ts';

export const IPV4_ONLY = 'flatlan supports IPv4 only for now';
const NO_SECRETS = 'Never write the secret itself in a plan; change it if it was ever committed';

const QUOTES = new RegExp(`["'\`]|${QUOTE_MARKS.source}`, 'g');

/** YAML 1.1's words, which 1.2 reads as text. */
const TRUE = /^(y|yes|on|true)$/i;
const FALSE = /^(n|no|off|false)$/i;

interface Misplaced {
  readonly value: unknown;
  readonly path: Path;
  /** Of the place. */
  readonly schema: Schema | undefined;
  /** A scalar as it is written. */
  readonly source: string | undefined;
  readonly example: string | undefined;
}

/** What to do about a value of another type than zod's `type`; undefined where the rule's own remedy is the best advice. */
export function remedyForType(type: string, misplaced: Misplaced): string | undefined {
  const { value, path, schema, source, example } = misplaced;
  if (value === null)
    return example === undefined ? 'give it a value, or remove the key' : `write one, such as ${example}`;
  // Quotes of any kind are wrong around a number, and around true and false.
  if (typeof value === 'string' && (type === 'boolean' || type === 'number' || type === 'int')) {
    const bare = value.replace(QUOTES, '').trim();
    if (bare !== value) return remedyForType(type, { ...misplaced, value: bare, source: bare });
  }
  const marks = typeof value === 'string' ? remedyForMarks(value) : remedyForMap(value, schema);
  if (marks !== undefined) return marks;
  const text = quoted(source ?? JSON.stringify(value));
  switch (type) {
    case 'string':
      return remedyForText(misplaced, text);
    case 'boolean':
      if (typeof value !== 'string') return 'write true or false';
      return TRUE.test(value) ? 'write true' : FALSE.test(value) ? 'write false' : 'write true or false';
    case 'number':
    case 'int': {
      const number = numberIn(source ?? (typeof value === 'string' ? value : ''), String(path.at(-1)));
      return number === undefined ? 'write a whole number, without quotes' : `write ${number}, without quotes`;
    }
    case 'array':
      return typeof value === 'object' ? undefined : `write a list: [${text}]`;
    case 'tuple':
      return `write a list of two, such as ${pairIn(value) ?? example ?? '[a, b]'}`;
    case 'record':
      return Array.isArray(value) ? byName(value) : undefined;
    case 'object':
      return Array.isArray(value)
        ? 'write its keys without dashes and brackets'
        : typeof value === 'string'
          ? remedyForObject(value, path, schema)
          : undefined;
    default:
      return undefined;
  }
}

/** `{{ x }}` without quotes is a map to YAML. */
function remedyForMap(value: unknown, schema: Schema | undefined): string | undefined {
  const bare = schema && unwrap(schema);
  const wantsMap = bare instanceof z.ZodObject || bare instanceof z.ZodRecord;
  return isMap(value) && Object.keys(value).length === 0 && !wantsMap ? VARIABLES : undefined;
}

/** The parser of the place reads this text. */
function accepts(schema: Schema, text: string): boolean {
  return z.safeParse(schema, text).success;
}

/** What the parser of the place says about this text. */
function ownRemedy(schema: Schema, text: string): string | undefined {
  const issue = z.safeParse(schema, text).error?.issues.find(({ code }) => code === 'custom');
  return (issue as { params?: Partial<Refusal> } | undefined)?.params?.remedy;
}

function remedyForText({ value, schema, example }: Misplaced, text: string): string | undefined {
  if (typeof value === 'number' && schema && example !== undefined && !accepts(schema, String(value)))
    return ownRemedy(schema, text) ?? `write it like ${example}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `put it in quotes: "${text}"`;
  const inside: readonly unknown[] = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
  if (Array.isArray(value) && value.length === 1) return 'write the value alone, without brackets or dash';
  const texts = inside.filter((one) => typeof one === 'string');
  return !schema || texts.length < inside.length || texts.length < 2 ? undefined : oneOfSeveral(texts, schema);
}

/** What to write for `a, b` in one text: undefined for anything else. */
export function remedyForSeveral(text: string, schema: Schema | undefined): string | undefined {
  const texts = text.split(/[,;\s]+/).filter((one) => one !== '');
  return !schema || texts.length < 2 ? undefined : oneOfSeveral(texts, schema);
}

/** Both ends of a range, an IPv4 and an IPv6 value, or several values where the plan has one. */
function oneOfSeveral(texts: readonly string[], schema: Schema): string | undefined {
  const joined = texts.join('-');
  if (accepts(schema, joined)) return `write ${joined}`;
  const readable = texts.filter((one) => accepts(schema, one));
  if (texts.some((one) => one.includes(':')) && readable.length === 1)
    return `write ${String(readable[0])}: ${IPV4_ONLY}`;
  return readable.length === texts.length ? `write one value only, such as ${String(readable[0])}` : undefined;
}

/** `a, b`, `{from: a, to: b}`: two names in another form than a list. */
function pairIn(value: unknown): string | undefined {
  const parts =
    typeof value === 'string' ? value.split(/[,;&/]|<?-+>| and | to /) : isMap(value) ? Object.values(value) : [];
  const names = parts.flatMap((one) => (typeof one === 'string' && one.trim() !== '' ? [one.trim()] : []));
  return names.length === 2 ? `[${names.map(quoted).join(', ')}]` : undefined;
}

/** `loadBalancers: 192.168.6.0/24` for `loadBalancers: {subnet: 192.168.6.0/24}`. */
function remedyForObject(text: string, path: Path, schema: Schema | undefined): string | undefined {
  // A key that takes any text says nothing.
  const fitting = Object.entries(shapeOf(schema) ?? {}).filter(
    ([, child]) => accepts(child, text) && !accepts(child, '?'),
  );
  const [key, ...others] = fitting.map(([one]) => one);
  // A range may stand under subnet as well.
  const chosen = others.includes('range') ? 'range' : others.length === 0 ? key : undefined;
  return chosen === undefined ? undefined : `write ${String(path.at(-1))}: {${chosen}: ${quoted(text)}}`;
}

/** Keys that other programs have for the name of an entry. */
const NAMES = ['name', 'id', 'hostname', 'cluster', 'network', 'router'];

/** For a list in place of a map by name. */
function byName(list: readonly unknown[]): string {
  for (const item of list) {
    if (!isMap(item)) continue;
    const key = NAMES.find((one) => typeof item[one] === 'string');
    if (key !== undefined) {
      const name = quoted(String(item[key]));
      return `write a map with names as keys: "${name}:" in place of "- ${key}: ${name}"`;
    }
    const [only, ...more] = Object.keys(item);
    if (only !== undefined && more.length === 0)
      return `write a map with names as keys: "${quoted(only)}:" in place of "- ${quoted(only)}:"`;
  }
  return 'write a map with names as keys, without dashes and brackets';
}

/** Words for a password or key. */
const SECRET_WORD = /pass|secret|psk|md5|key|auth|credential|token/i;

/**
 * For an unknown key that is, or is beside, a place of a secret: what to write there, and never the secret. `known`: the
 * keys that the plan has at that place.
 */
export function remedyForSecret(path: Path, key: string, known: readonly string[]): string | undefined {
  if (/secret/i.test(String(path.at(-1))) && (SECRET_WORD.test(key) || /^(value|data|string)/i.test(key)))
    return `the keys here are ${known.join(' and ')}: the name of the Secret, and the key in it that has the password. ${NO_SECRETS}`;
  if (!SECRET_WORD.test(key)) return undefined;
  const [own] = known.filter((one) => one.endsWith('Secret'));
  if (own !== undefined) return `did you mean ${own}? ${NO_SECRETS}`;
  return /pass|secret|psk|md5/i.test(key)
    ? `remove it: the password of BGP is in the Secret that bgp.passwordSecret names. ${NO_SECRETS}`
    : undefined;
}

/** For a value of another type at a key that names a secret: never shown. */
export function remedyForSecretName(schema: Schema | undefined, path: Path): string | undefined {
  const keys = Object.keys(shapeOf(schema) ?? {});
  if (keys.length === 0) return undefined;
  const map = keys.map((key) => `${key}: ...`).join(', ');
  return `write ${String(path.at(-1))}: {${map}}, the Secret that has it. ${NO_SECRETS}`;
}

/** What other programs call the addresses of a pool: MetalLB, kube-vip, Cilium. */
const POOL_KEYS = ['addresses', 'address', 'cidr', 'cidrs', 'blocks', 'ips', 'pool'];

export function remedyForPool([section]: Path, key: string): string | undefined {
  if (section !== 'loadBalancers' || !POOL_KEYS.includes(key)) return undefined;
  return 'write subnet: 10.44.0.0/24, or range: 10.44.0.10-10.44.0.50; several of them as pools by name';
}
