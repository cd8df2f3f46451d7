const LONGEST_SHOWN = 40;

/**
 * A user's text as a message shows it: bare when it is short and made of visible ASCII, else in double quotes
 * with everything else escaped (a look-alike digit or a stray space must be seen to be found) and cut after
 * 40 characters.
 */
export function quoted(text: string): string {
  if (text.length <= LONGEST_SHOWN && /^[!-~]+$/.test(text)) return text;
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
  return JSON.stringify(cut).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
