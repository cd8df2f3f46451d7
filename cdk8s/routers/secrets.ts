/** What only a person has stands in a file as a placeholder, with the name under which the person keeps it. */
import type { SecretKey } from '../plan/network/index.ts';

/** `{{flatlan:<name>/<key>}}`; a word in every target's syntax, and no comment in any. */
export function placeholder({ name, key }: SecretKey): string {
  return `{{flatlan:${name}/${key}}}`;
}
