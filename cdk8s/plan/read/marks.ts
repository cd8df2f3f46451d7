/** Marks that no value of a plan has, and what they were meant for. */

/** Typographic quotes, guillemets and accents. */
export const QUOTE_MARKS = /[\u2018-\u201f\u2039\u203a\u00ab\u00bb\u00b4\u2032\u2033\uff02]/;
export const STRAIGHT_QUOTES = 'use straight quotes (") in place of the typographic ones';

/** Spaces that look like a plain one, and those that cannot be seen. */
export const OTHER_SPACE = /[\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/;

export const PLAIN_SPACES =
  'retype the spaces: one of them is not a plain space (a no-break space, as word processors and web pages have it)';

/** `${X}`, `$X`, `$(X)`, `{{ .Values.x }}`, `%X%`, `<x>`. */
const VARIABLE = /\$\{|\$\(|\$[A-Za-z_]|\{\{|^%[A-Za-z_]+%$|^<[^<>]+>$/;
export const VARIABLES = 'write the value itself: a plan has no variables';

export const BRACES =
  '{} works only in the values of a node pattern such as "node{1..3}", where it is the number; write the value itself here';

/** The remedy for marks that no value has. */
export function remedyForMarks(text: string): string | undefined {
  if (VARIABLE.test(text)) return VARIABLES;
  if (/\{[A-Za-z_]+\}/.test(text))
    return 'write {} for the number of a node, in the values of a pattern such as "node{1..3}"';
  if (/\{.*\}/.test(text)) return BRACES;
  if (QUOTE_MARKS.test(text)) return STRAIGHT_QUOTES;
  return OTHER_SPACE.test(text) ? PLAIN_SPACES : undefined;
}
