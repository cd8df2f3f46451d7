/**
 * JSON as Go's encoding/json writes it, which Helm's `toJson` is: keys of maps in order, and what HTML or JavaScript would
 * read in their own way as escapes.
 */

export function goJson(value: unknown): string {
  return escaped(inOrder(value));
}

/** The same for a struct, whose fields stay in their order. */
export function goJsonOfStruct(value: unknown): string {
  return escaped(JSON.stringify(value));
}

function escaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Keys by bytes of UTF-8, as Go compares strings. It is text at once: an object of JavaScript has keys such as "10" first and by
 * their number, in whatever order they are given.
 */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${inOrder(one)}`).join(',')}}`;
}
