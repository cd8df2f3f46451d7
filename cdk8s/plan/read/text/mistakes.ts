/** YAML mistakes in the words of a person who writes a plan, not of a YAML parser. */
import { isCollection, isMap, isScalar, visit } from 'yaml';
import { quoted } from '../../../address/quoted.ts';
import { OTHER_SPACE, PLAIN_SPACES, QUOTE_MARKS, STRAIGHT_QUOTES, VARIABLES } from '../marks.ts';
import { type Composed, MAX_DEPTH, type YamlMistake } from './yaml.ts';

export interface Explained {
  /** Where the mistake was made, which is not always where the parser notices it. */
  readonly offset: number;
  readonly problem: string;
  readonly remedy: string;
}

/** A top-level section that is valid YAML by itself but not a key in the first column with its value. */
export function noTopLevelKey(section: string, contents: Composed['contents']): Explained | undefined {
  const first = /^([ \t]*)[^\s#]/m.exec(section);
  const indent = first?.[1]?.length ?? 0;
  const offset = (first?.index ?? 0) + indent;
  if (indent > 0)
    return {
      offset,
      problem: 'this line is indented but belongs to no key',
      remedy: 'start the top-level keys of a plan in the first column',
    };
  if (isMap(contents)) return undefined;
  const line = section.slice(offset, lineAround(section, offset)[1]);
  return { offset, ...noColon(line), ...(OTHER_SPACE.test(line) && { remedy: PLAIN_SPACES }) };
}

type Said = Omit<Explained, 'offset'> & { readonly offset?: number };

const QUOTES = 'put the value in quotes';
const INDENT = 'indent it with spaces to the column of the keys that it belongs to';

/** `contents` is what the library could read of the text in spite of the mistake. */
export function explain(text: string, contents: Composed['contents'], mistake: YamlMistake): Explained {
  const said = say(text, mistake, contents);
  const offset = said.offset ?? mistake.offset;
  // Such marks are the cause of whatever YAML makes of them.
  const [start, end] = lineAround(text, offset);
  const line = text.slice(start, end).replace(/(?:^|\s)#.*/, '');
  const remedy = QUOTE_MARKS.test(line) ? STRAIGHT_QUOTES : OTHER_SPACE.test(line) ? PLAIN_SPACES : said.remedy;
  return { ...said, offset, remedy };
}

function say(text: string, mistake: YamlMistake, contents: Composed['contents']): Said {
  const { offset, code, message } = mistake;
  const [start, end] = lineAround(text, offset);
  const line = text.slice(start, end);
  switch (code) {
    case 'TOO_DEEP':
      return {
        problem: `maps and lists are nested more than ${MAX_DEPTH} levels deep here`,
        remedy: 'remove what does not belong in a plan; its deepest key is at level 8',
      };
    case 'TAB_AS_INDENT':
      return {
        problem: 'this line is indented with a tab',
        remedy: 'indent with spaces: YAML does not allow tabs there',
      };
    case 'BAD_SCALAR_START':
      return {
        problem: `a value cannot start with ${text.charAt(offset)}`,
        remedy: /^%[A-Za-z_]+%/.test(text.slice(offset, end))
          ? VARIABLES
          : text.charAt(offset) === '`'
            ? STRAIGHT_QUOTES
            : QUOTES,
      };
    case 'BAD_DQ_ESCAPE':
      return {
        problem: `${quoted(text.slice(offset, offset + 2))} is not an escape sequence of double quotes`,
        remedy: 'write the value in single quotes, or the backslash twice',
      };
    case 'BAD_ALIAS':
      return { problem: 'a name is missing after & or *', remedy: 'put a value that starts with & or * in quotes' };
    case 'KEY_OVER_1024_CHARS':
      return { problem: 'a key is longer than 1024 characters', remedy: 'write key: value, one per line' };
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return keyTrouble(text, offset, line);
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
      return (
        unclosed(text, contents) ?? (code === 'BAD_INDENT' ? outOfColumn(text, offset) : missing(text, mistake, line))
      );
    case 'BLOCK_IN_FLOW':
      return {
        problem: 'a comma or a closing bracket is missing in this line',
        remedy: 'separate the entries in { } and [ ] with commas, and close every bracket',
      };
    case 'UNEXPECTED_TOKEN':
      return unexpected(text, offset);
    case 'ALIAS_PROPS':
    case 'BAD_COLLECTION_TYPE':
    case 'BAD_DIRECTIVE':
    case 'BAD_PROP_ORDER':
    case 'DUPLICATE_KEY':
    case 'IMPOSSIBLE':
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_DOCS':
    case 'MULTIPLE_TAGS':
    case 'NON_STRING_KEY':
    case 'RESOURCE_EXHAUSTION':
    case 'TAG_RESOLVE_FAILED':
      return {
        problem: `this is not YAML: ${inShort(message)}`,
        remedy: 'correct it here, or write it as in docs/plan.md',
      };
  }
}

/** The library reads a line as a key of several lines: its colon is missing, it has a second one, or it is indented too far. */
function keyTrouble(text: string, offset: number, line: string): Said {
  const dash = /^\s*-(?=\s)/.exec(line)?.[0].length;
  if (dash !== undefined)
    return {
      offset: text.lastIndexOf('\n', offset - 1) + dash,
      problem: 'a list item (dash) is among the keys of a map',
      remedy: 'write key: value, or indent the list under its key',
    };
  if (/^[^#"']*:\s.*:(\s|$)/.test(line))
    return { problem: 'this line has two colons', remedy: 'write one key per line, or put the value in quotes' };
  const [, end] = lineAround(text, offset);
  const next = /^\n([ \t]*)[^\s#][^\n]*/.exec(text.slice(end));
  if (/^\s*[^\s#][^#]*:\s+[^\s#]/.test(line) && next)
    return {
      offset: end + 1 + (next[1]?.length ?? 0),
      problem: 'this line is indented further than the line before it, which already has a value',
      remedy: INDENT,
    };
  return noColon(line);
}

function noColon(line: string): Omit<Explained, 'offset'> {
  const [, key, value] = /^\s*([\w.-]+):(\S+)/.exec(line) ?? [];
  return {
    problem: 'this line is not of the form key: value',
    remedy:
      key !== undefined && value !== undefined
        ? `write ${quoted(`${key}:`)} ${quoted(value)}, with a space after the colon`
        : 'write key: value, with a colon and a space between them',
  };
}

function outOfColumn(text: string, offset: number): Said {
  const [start] = lineAround(text, offset);
  const indent = /^[ \t]*/.exec(text.slice(start))?.[0].length ?? 0;
  return {
    offset: Math.max(offset, start + indent),
    problem: 'the indentation of this line does not match the lines around it',
    remedy: INDENT,
  };
}

/** The bracket or quote that was opened last and never closed. */
function unclosed(text: string, contents: Composed['contents']): Said | undefined {
  let opening: number | undefined;
  visit(contents, {
    Node(_, node) {
      const [start, end] = node.range ?? [0, 0];
      const mark = text.charAt(start);
      const closing = { '{': '}', '[': ']', '"': '"', "'": "'" }[mark];
      const opens = isCollection(node) ? node.flow === true : isScalar(node) && node.type?.startsWith('QUOTE');
      if (opens && closing !== undefined && (end - start < 2 || text.charAt(end - 1) !== closing)) opening = start;
    },
  });
  if (opening === undefined) return undefined;
  const mark = text.charAt(opening);
  const closing = mark === '{' ? '}' : mark === '[' ? ']' : mark;
  const what = mark === '{' || mark === '[' ? 'bracket' : 'quote';
  return { offset: opening, problem: `this ${what} is never closed`, remedy: `add ${closing} where it ends` };
}

function missing(text: string, { offset, message }: YamlMistake, line: string): Said {
  if (message.includes(',')) return unquotedBraces(text, offset) ?? noComma();
  return noColon(line);
}

function noComma(): Said {
  return { problem: 'a comma is missing before this', remedy: 'separate the entries in { } and [ ] with commas' };
}

function unexpected(text: string, offset: number): Said {
  const character = text.charAt(offset);
  if (character === '}' || character === ']')
    return { problem: `this ${character} closes nothing`, remedy: 'remove it, or add the opening bracket' };
  const [start, end] = lineAround(text, offset);
  const variable = /\$\{[^\s{}]*\}/.exec(text.slice(start, end));
  if (variable)
    return {
      offset: start + variable.index,
      problem: `${quoted(variable[0])} is a variable`,
      remedy: VARIABLES,
    };
  return (
    unquotedBraces(text, offset) ?? {
      problem: `${quoted(/^\S+/.exec(text.slice(offset, offset + 60))?.[0] ?? '')} does not belong here`,
      remedy: 'remove it; or put the value that it belongs to in quotes',
    }
  );
}

/** `{address: 10.0.{}.1}`: inside { } braces of a value need quotes. */
function unquotedBraces(text: string, offset: number): Said | undefined {
  const [start, end] = lineAround(text, offset);
  for (const { 0: word, index } of text.slice(start, end).matchAll(/(?<![\w.-])[\w.-]+\{[^\s{}[\],]*\}[\w./-]*/g))
    if (start + index <= offset && offset <= start + index + word.length)
      return {
        offset: start + index,
        problem: `${quoted(word)} has braces, which start a map inside { }`,
        remedy: `write "${word}"`,
      };
  return undefined;
}

function lineAround(text: string, offset: number): [start: number, end: number] {
  const end = text.indexOf('\n', offset);
  return [text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end];
}

/** The library's own sentence, short and in one line, because it may quote the text. */
function inShort(message: string): string {
  const line = (message.charAt(0).toLowerCase() + message.slice(1)).replace(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 100)}...` : line;
}
