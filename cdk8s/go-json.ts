/**
 * JSON as Go's encoding/json writes it, which Helm's `toJson` is: keys of maps in order, and what HTML or JavaScript would
 * read in their own way as escapes.
 */

export function goJson(value: unknown): string {
  return escaped(JSON.stringify(sorted(value)));
}

/** The same for a struct, whose fields stay in their order. */
export function goJsonOfStruct(value: unknown): string {
  return escaped(JSON.stringify(value));
}

function escaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** By bytes of UTF-8, as Go compares strings. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([key, one]) => [key, sorted(one)]),
  );
}
