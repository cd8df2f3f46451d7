import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { didYouMean, meant } from '../../cdk8s/plan/did-you-mean.ts';

const keys = ['subnet', 'gateway', 'clients', 'vlan', 'mtu', 'gatewayMtu', 'dns', 'dhcp', 'reserved'];

describe('a slip', () => {
  test.each([
    ['subnt', 'subnet'],
    ['subnets', 'subnet'],
    ['sbunet', 'subnet'],
    ['Subnet', 'subnet'],
    ['GATEWAY', 'gateway'],
    ['gate-way', 'gateway'],
    ['gateway_mtu', 'gatewayMtu'],
    ['dcph', 'dhcp'],
    ['rese', 'reserved'],
  ])('%s means %s', (word, key) => {
    expect(meant(word, keys)).toBe(key);
    expect(didYouMean(word, keys)).toBe(`did you mean ${key}?`);
  });
});

test.each(['address', 'x', '', 'range', 'res', 'x'.repeat(100_000)])('%j means nothing here', (word) => {
  expect(meant(word, keys)).toBeUndefined();
});

test('nothing can be meant where there is nothing', () => {
  expect(meant('subnet', [])).toBeUndefined();
});

test('a key means itself, whatever else there is', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{3,12}$/), { minLength: 1 }), (words) => {
      for (const word of words) expect(meant(word, words)).toBe(word);
    }),
  );
});

test('the answer is one of the candidates, or none', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, candidates) => {
      const answer = meant(word, candidates);
      if (answer !== undefined) expect(candidates).toContain(answer);
    }),
  );
});
