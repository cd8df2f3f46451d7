/** Words of a command line that people paste into a POSIX shell. */

/** The text as one word; as it is where no shell reads anything into it. */
export function word(text: unknown): string {
  const value = String(text);
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
