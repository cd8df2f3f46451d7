import { describe, expect, test } from '@jest/globals';
import { isTimeZone } from '../../cdk8s/plan/time-zones.ts';
import { changed } from '../plans/fixtures.ts';
import { errorsOf, hybrid, placed } from './plans.ts';

const withZone = (zone: string): string => changed(hybrid, 'Europe/Berlin', zone);

describe('a name of the database, of today or older', () => {
  test.each([
    'Etc/GMT+12',
    'Etc/UTC',
    'UTC',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Europe/Kyiv',
    'Europe/Kiev',
    'US/Pacific',
    'CET',
    'GMT0',
    'America/Port-au-Prince',
    'America/Argentina/Buenos_Aires',
    'Australia/NSW',
    'Antarctica/McMurdo',
  ])('%s', (zone) => {
    expect(placed(withZone(zone))).toEqual([]);
  });

  test('all that the runtime lists', () => {
    const names = Intl.supportedValuesOf('timeZone');
    expect(names.length).toBeGreaterThan(400);
    expect(names.filter((name) => !isTimeZone(name))).toEqual([]);
    expect(names.filter((name) => name !== 'UTC' && isTimeZone(name.toLowerCase()))).toEqual([]);
  });
});

describe('no name of it', () => {
  test.each([
    ['Berlin', 'did you mean Europe/Berlin?'],
    ['berlin', 'did you mean Europe/Berlin?'],
    ['europe/berlin', 'did you mean Europe/Berlin?'],
    ['EUROPE/BERLIN', 'did you mean Europe/Berlin?'],
    ['Europe/Berlinn', 'did you mean Europe/Berlin?'],
    ['New_York', 'did you mean America/New_York?'],
    ['"New York"', 'did you mean America/New_York?'],
    ['us/pacific', 'did you mean America/Los_Angeles?'],
    ['ASIA/KOLKATA', 'did you mean Asia/Calcutta?'],
    ['utc', 'did you mean UTC?'],
    ['CEST', 'write it like Europe/Berlin'],
    ['Foo/Bar', 'write it like Europe/Berlin'],
    ['GMT+2', 'write it like Europe/Berlin'],
    ['"+02:00"', 'write it like Europe/Berlin'],
  ])('%s', (zone, remedy) => {
    expect(errorsOf(withZone(zone)).map((finding) => [finding.code, finding.remedy])).toEqual([
      ['schema/value', remedy],
    ]);
  });
});
