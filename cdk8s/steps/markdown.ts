/** Markdown in which a text stands for itself, whatever is in it. Every name of a plan passes through here. */

/** Inline code: shown as it is, on one line. Of a text with backticks the fence is longer (CommonMark 6.1). */
export function code(text: unknown): string {
  const line = String(text).replace(/\s/g, ' ');
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = /^`|`$/.test(line) || (line.startsWith(' ') && line.endsWith(' ')) || line === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/**
 * A sentence from elsewhere, such as a rule's remedy, whose `<VMID>` is no tag (CommonMark 2.4, backslash escapes). Pipes and
 * underscores inside words mean nothing here and stay, for people who copy from the file.
 */
export function prose(text: string): string {
  return text.replace(/\s/g, ' ').replace(/[\\`*[\]<&~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, String.raw`\$&`);
}

/** `a`, `b` and `c`. */
export function codes(texts: readonly unknown[], last = 'and'): string {
  const all = texts.map(code);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} ${last} ${String(all.at(-1))}`;
}

/** More names than this are a number, as a rule. */
export const LONGEST_LIST = 8;

/** The names where they are few, `many` where they are many. */
export function namesOr(many: string, names: readonly unknown[], most = LONGEST_LIST): string {
  return names.length <= most ? codes(names) : many;
}

/** A block of lines to read or to paste. */
export function block(language: string, lines: readonly string[]): string {
  const text = lines.join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Cells are Markdown; what would end a cell is escaped, in code too (GitHub Flavored Markdown 4.10). */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  // No escape tells a backslash before a pipe from an escaped pipe, so the two are kept apart.
  return text.replace(/\n/g, ' ').replace(/\\\|/g, '\\ |').replace(/\|/g, '\\|');
}

export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item.replace(/\n/g, '\n  ')}`).join('\n');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
