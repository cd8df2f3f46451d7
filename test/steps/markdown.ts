/** A reader of Markdown that is not ours: Prettier's, as a tree. */
import { parsers } from 'prettier/plugins/markdown';

export interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly lang?: string | null;
  readonly depth?: number;
  readonly children?: readonly MarkdownNode[];
}

export function parseMarkdown(text: string): MarkdownNode {
  // Its options are those of formatting; none changes what is read.
  return parsers.markdown.parse(text, {} as never) as MarkdownNode;
}

/** Every node of these types, in the order of the text. */
export function nodesOf(tree: MarkdownNode, ...types: readonly string[]): MarkdownNode[] {
  const own = types.includes(tree.type) ? [tree] : [];
  return [...own, ...(tree.children ?? []).flatMap((child) => nodesOf(child, ...types))];
}

/** The text as a person sees it. */
export function shownText(tree: MarkdownNode): string {
  return tree.value ?? (tree.children ?? []).map(shownText).join('');
}
