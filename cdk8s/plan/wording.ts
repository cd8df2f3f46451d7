/** How messages name values, and what is expected instead. */
import { quoted } from '../address/quoted.ts';
import { isMap } from './data.ts';

/** `the text yes`, `the number 1.30` (as it is written), `empty`, `a list`. */
export function shown(value: unknown, source?: string): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quoted(value)}`;
  return typeof value === 'number'
    ? `the number ${quoted(source ?? String(value))}`
    : quoted(source ?? JSON.stringify(value));
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${String(words.at(-1))}`;
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}

/** By zod's names of types. */
const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list of two',
  object: 'a map of keys',
  record: 'a map of names',
};

export function nounOf(type: string, example: string | undefined): string {
  const noun = NOUNS[type] ?? 'something else';
  return type === 'string' && example !== undefined ? `text such as ${example}` : noun;
}

/** `9`, `9s`, `AS64512`: a number as people write it, with the unit that its key has anyway. */
const NUMBER_WITH_UNIT = /^(?:as ?)?([1-9][0-9]{0,14})(?: ?(?:s|sec|seconds|bytes))?$/i;

/** YAML 1.1's words, which 1.2 reads as text. */
const TRUE = /^(y|yes|on|true)$/i;
const FALSE = /^(n|no|off|false)$/i;

/** What to do about a value of the wrong type; undefined where the rule's own remedy is the best advice. */
export function remedyForType(
  type: string,
  value: unknown,
  source: string | undefined,
  example?: string,
): string | undefined {
  const text = quoted(source ?? JSON.stringify(value));
  if (value === null)
    return example === undefined ? 'give it a value, or remove the key' : `write one, such as ${example}`;
  switch (type) {
    case 'string':
      if (typeof value === 'number' || typeof value === 'boolean') return `put it in quotes: "${text}"`;
      if (Array.isArray(value) && value.length === 1) return 'write the value alone, without brackets or dash';
      return undefined;
    case 'boolean':
      if (typeof value !== 'string') return 'write true or false';
      return TRUE.test(value) ? 'write true' : FALSE.test(value) ? 'write false' : 'write true or false';
    case 'number':
    case 'int': {
      const text = typeof value === 'string' ? value.trim().replace(/(?<=[0-9])[_,' ](?=[0-9])/g, '') : '';
      const digits = NUMBER_WITH_UNIT.exec(text)?.[1];
      return digits === undefined ? 'write a whole number, without quotes' : `write ${digits}, without quotes`;
    }
    case 'array':
    case 'tuple':
      return typeof value === 'object' ? undefined : `write a list: [${text}]`;
    case 'record':
      return Array.isArray(value) ? byName(value) : undefined;
    default:
      return undefined;
  }
}

/** For a list in place of a map by name. */
function byName(list: readonly unknown[]): string {
  const name = list.flatMap((item) => (isMap(item) && typeof item.name === 'string' ? [quoted(item.name)] : [])).at(0);
  return name === undefined
    ? 'write a map with names as keys, without dashes and brackets'
    : `write a map with names as keys: "${name}:" in place of "- name: ${name}"`;
}
