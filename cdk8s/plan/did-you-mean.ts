/** The word that a mistyped word probably means. */
import { closest, distance } from 'fastest-levenshtein';

/** Longer than any key or name; a longer word is not a typing error. */
const LONGEST = 63;
/** This many letters from the start of a word are enough to recognize it. */
const SHORTEST_START = 4;

/**
 * The candidate closest to the word: one letter in three wrong, two letters swapped, or the end missing. Case, dashes and
 * underscores are ignored.
 */
export function meant(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || word.length > LONGEST) return undefined;
  const wanted = bare(word);
  const plain = candidates.map(bare);
  const best = closest(wanted, plain);
  const near = distance(wanted, best) <= Math.max(1, Math.floor(best.length / 3));
  const index = near
    ? plain.indexOf(best)
    : plain.findIndex(
        (one) => letters(one) === letters(wanted) || (wanted.length >= SHORTEST_START && one.startsWith(wanted)),
      );
  return candidates[index];
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}

function letters(word: string): string {
  return Array.from(word).sort().join('');
}

/** "did you mean subnet?", as a remedy. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const candidate = meant(word, candidates);
  return candidate === undefined ? undefined : `did you mean ${candidate}?`;
}
