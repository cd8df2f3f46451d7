/** The form of a step: what to do, how to verify it, and how to roll it back. */

export interface Step {
  /** Markdown, one line. */
  readonly title: string;
  /** Each is a paragraph, list, table or block of Markdown. */
  readonly todo: readonly string[];
  readonly see: readonly string[];
  readonly back: readonly string[];
}

export function stepText({ title, todo, see, back }: Step, number: number): string {
  return [`## ${number}. ${title}`, ...todo, '**Verify**', ...see, '**Roll back**', ...back].join('\n\n');
}
