/**
 * The names of the IANA time zone database, as the runtime knows them (Intl): the current ones and the older ones that are
 * links to them. Every build of Node.js with Intl has all of them, small-icu too, which leaves out languages only. In a
 * build without Intl only the form of a name is checked. A zone that is newer than the Node.js in use is refused.
 */
import { meant } from './did-you-mean.ts';

const isKnown = typeof Intl !== 'undefined';

/** The zone that this name, in any case, stands for; undefined if there is none. */
function resolved(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** The current names. Asking for this list takes a fraction of the time that the first use of a zone takes. */
const current = (): string[] => Intl.supportedValuesOf('timeZone');

/** Names are files below /usr/share/zoneinfo, so `europe/berlin` is none although Intl takes it. */
export function isTimeZone(name: string): boolean {
  if (!isKnown || current().includes(name)) return true;
  const zone = resolved(name);
  if (zone === undefined) return false;
  if (zone.toLowerCase() === name.toLowerCase()) return zone === name;
  return hasUsualCase(name);
}

/** For a link such as US/Pacific, whose own case Intl does not tell: as all names of places have it. */
function hasUsualCase(name: string): boolean {
  const parts = name.split('/');
  return parts.every((part) => /^[A-Z]/.test(part) && (parts.length === 1 || !/^[A-Z_-]{4,}$/.test(part)));
}

/** The zone that was probably meant: by its name in another case, by its city, or with a letter wrong. */
export function zoneMeant(text: string): string | undefined {
  const name = text.trim().replace(/\s+/g, '_');
  if (!isKnown) return undefined;
  const zone = resolved(name);
  if (zone !== undefined) return zone;
  const names = current();
  const cities = names.map((one) => one.slice(one.lastIndexOf('/') + 1));
  const city = name.includes('/') ? undefined : meant(name, cities);
  return city === undefined ? meant(name, names) : names[cities.indexOf(city)];
}
