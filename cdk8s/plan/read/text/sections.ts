/**
 * A plan's text by its top-level keys, so that with a YAML mistake in one of them the others are still checked:
 *
 *     networks:                    section networks
 *       home: {subnet: 10.0.0.0/8      the brace that is missing here ends with the section,
 *     nodes:                       section nodes
 *       a: {}                          not with the file
 *
 * This is exact, because in YAML every line inside a top-level key is indented, except comments, the dashes of a list and
 * closing brackets.
 */

import { hasContent } from './one-document.ts';

export interface Section {
  /** Offsets: from its key to the next section's. */
  readonly start: number;
  readonly end: number;
  /**
   * The first word of its first line, and of later lines that are indented less than the lines under the key: one of
   * them was meant to be a top-level key.
   */
  readonly names: readonly string[];
}

const TOP_LEVEL = /(?<=^|\n)[^\s#\-}\]]/g;

export function sectionsOf(text: string): Section[] {
  const starts = Array.from(text.matchAll(TOP_LEVEL), ({ index }) => index);
  const head = text.slice(0, starts[0] ?? text.length);
  if (hasContent(head.replace(/^---(?=\s|$)/m, ''))) starts.unshift(0);
  // Inside brackets, as in JSON, line breaks have no meaning.
  if (/[{[]/.test(text.charAt(starts[0] ?? 0))) starts.length = 1;
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? text.length;
    return { start, end, names: namesIn(text.slice(start, end)) };
  });
}

function namesIn(section: string): string[] {
  const names: string[] = [];
  let indent: number | undefined;
  for (const line of section.split('\n')) {
    const [, spaces = '', name] = /^([ \t]*)["']?([^\s:"'#]+)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (names.length === 0) names.push(name);
    else if (indent === undefined) indent = spaces.length;
    else if (spaces.length < indent) names.push(name);
  }
  return names;
}

/** The text with these sections replaced by blanks: everything else keeps its position. */
export function withoutSections(text: string, sections: readonly Section[]): string {
  let rest = '';
  let done = 0;
  for (const { start, end } of sections) {
    rest += text.slice(done, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ');
    done = end;
  }
  return rest + text.slice(done);
}
