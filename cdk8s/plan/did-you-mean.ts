/** The word that was meant by a mistyped one. */
import { closest, distance } from 'fastest-levenshtein';

/** Longer than any key or name; what is longer is no slip. */
const LONGEST = 63;
/** So much of the start of a word is enough to know it by. */
const SHORTEST_START = 4;

/** The candidate a slip away: one letter in three, two letters swapped, or the end left out; capitals, dashes and underscores do not count. */
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
