/** Words of a command line that people paste into a POSIX shell. */

/** The text as one word; as it is where no shell reads anything into it. */
export function word(text: unknown): string {
  const value = String(text);
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The lines of a console that wait for what somebody else makes: `kubectl wait` for an object that is not there ends at once
 * with NotFound, and both conditions in one command need kubectl 1.36 (`create` alone 1.31).
 */
export function waitFor(object: string, condition: string, timeout: string): string[] {
  return [
    `$ kubectl wait ${object} --for=create --timeout ${timeout}`,
    '...',
    `$ kubectl wait ${object} --for ${condition} --timeout ${timeout}`,
  ];
}
