/** A file contains one plan: one YAML document without directives. */

export interface Split {
  /** The first document, its directives blanked out. */
  readonly first: string;
  /** Where a directive or a further document with content begins. */
  readonly directive: number | undefined;
  readonly second: number | undefined;
}

/** Whether there is anything besides blanks and comments. Blanks of one line only: across lines each start would read all of them. */
export function hasContent(text: string): boolean {
  return /^[^\S\n\r\u2028\u2029]*[^\s#]/m.test(text);
}

const MARKER = /(?<=^|\n)(?:---|\.\.\.)(?=\s|$)/g;

/** Markers and directives count at the start of a line only, whatever is around them. */
export function splitDocuments(text: string): Split {
  let [directive, second]: (number | undefined)[] = [];
  let first = text;
  const opening = /^---(?=\s|$)/m.exec(text);
  const head = text.slice(0, opening?.index ?? 0);
  if (opening && /^%/m.test(head) && !hasContent(head.replace(/^%.*/gm, ''))) {
    directive = /^%/m.exec(head)?.index;
    first = head.replace(/^%.*/gm, (line) => ' '.repeat(line.length)) + text.slice(head.length);
  }
  for (const { 0: marker, index } of first.matchAll(MARKER)) {
    if (marker === '---' && !hasContent(first.slice(0, index))) continue;
    if (hasContent(first.slice(index + marker.length).replace(MARKER, ''))) second = index;
    first = first.slice(0, index);
    break;
  }
  return { first, directive, second };
}
