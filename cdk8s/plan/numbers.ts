/** Numbers as people write them where a plan has a whole number: with a unit, a prefix, or a sign between thousands. */

/** By the first word after the number. A unit that is not here, such as `devices`, is that of the key anyway. */
const FACTORS: Readonly<Record<string, number>> = {
  ms: 0.001,
  msec: 0.001,
  milliseconds: 0.001,
  m: 60,
  min: 60,
  mins: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  k: 1000,
  kb: 1000,
};

/** `AS64512`, `VLAN 20`, `/26`, `~120`, `9s`, `9 seconds`, `1.5k`. */
const WITH_UNIT = /^(?:asn?|vlan(?:[ -]?id)?|v|mtu)?[ :=~/#-]*([1-9][0-9]{0,14}(?:\.[0-9]{1,3})?)[ -]?([a-z]*)$/i;

/** A sign between groups of three digits: `9_000`, `9,000`, `9'000`, `9 000`. */
const BETWEEN_DIGITS = /(?<=[0-9])[_,' ](?=[0-9])/g;

/** RFC 5396, asdot: `1.10` for 65546. */
const ASDOT = /^([0-9]{1,5})\.([0-9]{1,5})$/;

/** The whole number that a text means; undefined if it means none. `key`: the key whose value it is. */
export function numberIn(text: string, key: string): number | undefined {
  const asdot = key === 'asn' ? ASDOT.exec(text.replace(/^asn? ?/i, '')) : null;
  if (asdot) {
    const [high, low] = [Number(asdot[1]), Number(asdot[2])];
    return high < 2 ** 16 && low < 2 ** 16 ? high * 2 ** 16 + low : undefined;
  }
  const [, digits, unit = ''] = WITH_UNIT.exec(text.trim().replace(BETWEEN_DIGITS, '')) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits) * (FACTORS[unit.toLowerCase()] ?? 1);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800, y: 31536000 };
/** A day is written as 24h, as on most DHCP servers; further days by their number. */
const UNITS = [
  ['d', 86400],
  ['h', 3600],
  ['m', 60],
] as const;

/** `24h` for `86400`, `24 hours`, `1 day`, `P1D`, `1d12h` and `24:00:00`; undefined if the text is no duration. */
export function durationIn(text: string): string | undefined {
  const seconds = secondsIn(text.trim().toLowerCase());
  if (seconds === undefined || seconds < 1 || !Number.isSafeInteger(seconds)) return undefined;
  const [unit, size] = UNITS.find(([name, one]) => seconds % one === 0 && !(name === 'd' && seconds === one)) ?? [
    's',
    1,
  ];
  return `${seconds / size}${unit}`;
}

/** The seconds of a duration, in lower case: `24h`, `1d12h`, `24:00:00`; a bare number is seconds. Undefined if it is none. */
export function secondsIn(text: string): number | undefined {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  const clock = /^([0-9]{1,4}):([0-9]{2}):([0-9]{2})$/.exec(text);
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  // ISO 8601 (P1DT12H) has its letters P and T besides.
  const parts = text.replace(/^p(?=[t0-9])/, '').replace(/t(?=[0-9])/, '');
  if (!/^(?:[0-9]{1,9} ?[smhdwy][a-z]* ?,?(?:and)? ?)+$/.test(parts)) return undefined;
  let seconds = 0;
  for (const [, number, unit = ''] of parts.matchAll(/([0-9]+) ?([smhdwy])/g))
    seconds += Number(number) * (SECONDS[unit] ?? 0);
  return seconds;
}
