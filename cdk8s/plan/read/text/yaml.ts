/** One YAML 1.2 document, up to its first mistake. */
import { Composer, type CST, type ErrorCode, Lexer, type ParsedNode, Parser, type YAMLError } from 'yaml';

/** A plan's deepest value is inside 8 maps and lists; beyond this limit the library would exhaust the stack. */
export const MAX_DEPTH = 50;

export interface YamlMistake {
  readonly code: ErrorCode | 'TOO_DEEP';
  readonly offset: number;
  /** The message of the library. */
  readonly message: string;
}

export interface Composed {
  /** What could be read; after a mistake it may be wrong. */
  readonly contents: ParsedNode | null;
  /** The first mistake; later ones are usually its consequences. */
  readonly mistake: YamlMistake | undefined;
}

/**
 * Reads a text that holds one document. Time is linear in its length: keys are compared by values.ts, where the library
 * would compare each with each, and reading ends at the first thing that stands outside the document.
 */
export function compose(text: string): Composed {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_DEPTH)
      return { contents: null, mistake: { code: 'TOO_DEEP', offset: parser.offset, message: 'too deep' } };
    if (tokens.at(-1)?.type === 'error') break;
  }
  for (const token of parser.end()) tokens.push(token);
  const { contents, errors } = composed(tokens, text.length);
  const [first] = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  return { contents, mistake: first && { code: first.code, offset: first.pos[0], message: first.message } };
}

/** Further ones are consequences. The library makes an exception of each, which takes longer than reading the text. */
const MOST_ERRORS = 100;

class TooManyErrors extends Error {}

function composed(tokens: readonly CST.Token[], length: number) {
  const composer = new Composer({ version: '1.2', uniqueKeys: false, resolveKnownTags: false });
  // Private in its types; yaml 2 calls it for each error and each warning.
  const reporter = composer as unknown as { onError: (...said: unknown[]) => void };
  const report = reporter.onError;
  const errors: YAMLError[] = [];
  reporter.onError = (...said) => {
    report(...said);
    const last = composer.streamInfo().errors.at(-1);
    // A warning adds no error.
    if (last && last !== errors.at(-1)) errors.push(last);
    if (errors.length === MOST_ERRORS) throw new TooManyErrors();
  };
  try {
    const [document] = composer.compose(tokens, true, length);
    return { contents: document?.contents ?? null, errors: document?.errors ?? [] };
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
    return { contents: null, errors };
  }
}
