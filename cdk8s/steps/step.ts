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
  // A list of a plan that has nothing for it is empty.
  const parts = [`## ${number}. ${title}`, ...todo, '**Verify**', ...see, '**Roll back**', ...back];
  return parts.filter((part) => part !== '').join('\n\n');
}
