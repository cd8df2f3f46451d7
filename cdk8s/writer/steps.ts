/**
 * A change of the tree as single steps. Each is one call of the file system, which succeeds or fails as a whole.
 *
 *     way   stale files, and folders emptied by them, in the place of something new: rarely any
 *     in    new folders, then files        what other files refer to exists before and after
 *     out   the other stale files, and folders emptied by them
 */
import { ancestors, fold, pathProblem } from './path.ts';
import type { Survey } from './survey.ts';

/** A step's index in the list is the name of its file in the writer's folder. */
export type Step =
  | { readonly do: 'mkdir' | 'rmdir' | 'remove'; readonly path: string }
  /** `replaces`: an older file is there, and is kept in old/. */
  | { readonly do: 'place'; readonly path: string; readonly replaces: boolean };

const VERSION = 1;

export function journalOf(steps: readonly Step[]): string {
  return JSON.stringify({ version: VERSION, steps });
}

/** The steps of a journal; undefined if the text is not a journal, or one of another version. */
export function readJournal(text: string): readonly Step[] | undefined {
  const journal = parsed(text);
  if (!isObject(journal) || journal.version !== VERSION || !Array.isArray(journal.steps)) return undefined;
  const steps: readonly unknown[] = journal.steps;
  return steps.every(isStep) ? steps : undefined;
}

/** Checked like all input: the journal may have come with somebody's repository. */
function isStep(step: unknown): step is Step {
  if (!isObject(step) || typeof step.path !== 'string' || pathProblem(step.path) !== undefined) return false;
  if (step.do === 'place') return typeof step.replaces === 'boolean';
  return step.do === 'mkdir' || step.do === 'rmdir' || step.do === 'remove';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The steps that carry out what a survey found. */
export function stepsOf({ writes, stale, emptied, missing }: Survey): Step[] {
  const targets = new Set(writes.map(({ path }) => fold(path)));
  const folders = new Set(missing.map(fold));
  const isInTheWay = (path: string): boolean =>
    folders.has(fold(path)) || [...ancestors(path), path].some((part) => targets.has(fold(part)));

  const removals: Step[] = [
    ...stale.map((path) => ({ do: 'remove', path }) as const),
    ...emptied.map((path) => ({ do: 'rmdir', path }) as const),
  ];
  return [
    ...removals.filter(({ path }) => isInTheWay(path)),
    ...missing.map((path) => ({ do: 'mkdir', path }) as const),
    ...writes.map(({ path, replaces }) => ({ do: 'place', path, replaces }) as const),
    ...removals.filter(({ path }) => !isInTheWay(path)),
  ];
}
