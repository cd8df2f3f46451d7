/**
 * Houses as people describe them who have only read the docs: what is right in reality is accepted, and what is wrong is named.
 * Two plans of one house begin with the same number.
 */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan, type Checked } from '../../cdk8s/plan/check.ts';
import { groupBy } from '../../cdk8s/plan/group.ts';
import { collisionsOf } from '../../cdk8s/plan/together.ts';
import { stepsOf } from '../steps/plans.ts';

const folder = join(import.meta.dirname, '../fixtures/cases/new-users');
const houses = [...groupBy(readdirSync(folder).sort(), (file) => file.slice(0, 2))];

function checked(files: readonly string[]): (Checked & { file: string })[] {
  return files.map((file) => ({ file, ...checkPlan(readFileSync(join(folder, file), 'utf8'), file) }));
}

/** `file:line code`, in the order of the text; an error with a mark. */
function said(files: readonly string[]): string[] {
  const plans = checked(files);
  return [...plans.flatMap(({ findings }) => findings), ...collisionsOf(plans)].map(
    ({ code, severity, place }) => `${place.line} ${severity === 'error' ? 'error ' : ''}${code}`,
  );
}

/** By house; those of a house that is not here are none. */
const expected: Readonly<Record<string, readonly string[]>> = {
  '01': ['2 bgp/no-password', '8 reachability/gateway-without-bgp'],
  '04': ['17 load-balancers/single-addresses'],
  '08': ['19 load-balancers/single-addresses'],
  '09': ['21 addresses/public'],
  '11': [
    '2 bgp/no-password',
    '4 error addresses/syntax',
    '7 error addresses/ipv6',
    '7 error addresses/ipv6',
    '9 error addresses/ipv6',
    '11 error addresses/ipv6',
    '12 error addresses/ipv6',
    '12 error pods/block-size',
    '13 error addresses/ipv6',
  ],
  '12': ['2 error bgp/no-router'],
  '13': ['6 clients/same-subnet', '12 error load-balancers/attached-network'],
  '14': ['11 reachability/preferred-past-pods', '12 reachability/default-route'],
  '15': ['10 error plan/router-differs', '8 error plan/vlan-differs'],
  '16': ['6 reachability/clients-without-router'],
  '17': ['25 error attachments/no-node'],
  '18': ['9 reachability/private-end'],
  '19': ['18 error nodes/mac-duplicate', '18 attachments/pinned-local'],
  '20': ['2 bgp/no-password', '6 reachability/gateway-without-bgp', '10 error addresses/duplicate'],
};

test('there are twenty houses', () => {
  expect(houses.length).toBe(20);
});

test.each(houses)('house %s', (number, files) => {
  expect(said(files)).toEqual(expected[number] ?? []);
});

describe('what is accepted has steps', () => {
  const accepted = checked(houses.flatMap(([, files]) => files)).filter(({ network }) => network);

  test.each(accepted.map(({ file }) => file))('%s', (file) => {
    expect(stepsOf(readFileSync(join(folder, file), 'utf8'))).not.toMatch(/undefined|NaN|\[object/);
  });
});

/** The whole finding of a code. */
function finding(house: string, code: string): string {
  const found = checked(houses.find(([number]) => number === house)?.[1] ?? [])
    .flatMap(({ findings }) => findings)
    .find((one) => one.code === code);
  return `${found?.problem ?? ''} -> ${found?.remedy ?? ''}`;
}

describe('the remedy helps in that house', () => {
  test('a FRITZ!Box is not proposed as the router, since it is listed as a device', () => {
    expect(finding('12', 'bgp/no-router')).not.toContain('addresses: {home: 192.168.178.1}');
  });

  test('NAT on a router helps nobody whose nodes send to the internet past it', () => {
    expect(finding('01', 'reachability/gateway-without-bgp')).toContain('NAT for the pods there; or make pi');
  });

  test('a machine is router or node, whatever address it has', () => {
    expect(finding('20', 'addresses/duplicate')).toContain('cannot be both');
  });

  test('an address behind a FRITZ!Box is one to forward to', () => {
    expect(finding('18', 'reachability/private-end')).toContain('forward the tunnel to 192.168.178.2');
  });
});
