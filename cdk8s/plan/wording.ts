/** How messages name values, and what is expected instead. */
import { quoted } from '../address/quoted.ts';

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
