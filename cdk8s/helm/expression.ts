/**
 * Helm expressions as values. A construct passes on what it is given as a string or an object; here that is a token,
 * a string that nothing else contains, and the printer puts `{{ ... }}` in its place. Every expression ends in toJson:
 * JSON is YAML, so there is nothing to quote or indent and numbers stay whole (docs/facts.md#numbers-in-templates).
 */
import type { ScalarTag } from 'yaml';
import { yamlText } from '../yaml-text.ts';

class Expression {
  constructor(readonly text: string) {}
}

/** The tokens of one template. */
export class Expressions {
  private readonly texts: string[] = [];

  /** A token for `{{ text | toJson }}`. */
  token(text: string): string {
    this.texts.push(text);
    return `\u2983${this.texts.length - 1}\u2984`;
  }

  isToken(text: string): boolean {
    return indexOf(text) !== undefined;
  }

  /** The expression that a token stands for, to build another one of. */
  textOf(token: string): string {
    const index = indexOf(token);
    const text = this.texts[index ?? -1];
    if (text === undefined) throw new Error(`token ${index ?? token} is none of this template`);
    return text;
  }

  /** YAML with the expressions in place. An expression fills a whole scalar; text around a token is a programmer's mistake. */
  print(object: unknown): string {
    return yamlText(this.restore(object), [tag]);
  }

  private restore(value: unknown): unknown {
    if (typeof value === 'string') return this.restoreText(value);
    if (Array.isArray(value)) return value.map((item) => this.restore(item));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => {
          if (key.includes('\u2983') || key.includes('{{')) throw new Error(`an expression cannot be a key: ${key}`);
          return [key, this.restore(item)];
        }),
      );
    return value;
  }

  private restoreText(text: string): string | Expression {
    if (indexOf(text) !== undefined) return new Expression(`${this.textOf(text)} | toJson`);
    if (text.includes('\u2983')) throw new Error(`an expression must fill the whole value: ${text}`);
    // Braces that are data: as a Go string constant, whose escapes JSON shares.
    return text.includes('{{') ? new Expression(`${JSON.stringify(text)} | toJson`) : text;
  }
}

function indexOf(token: string): number | undefined {
  const digits = /^\u2983([0-9]+)\u2984$/.exec(token)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const tag: ScalarTag = {
  tag: '!expression',
  default: true,
  identify: (value) => value instanceof Expression,
  resolve: (text) => text,
  stringify: ({ value }) => (value instanceof Expression ? `{{ ${value.text} }}` : String(value)),
};
