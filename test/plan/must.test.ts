import { expect, test } from '@jest/globals';
import { must, named } from '../../cdk8s/plan/must.ts';

test('what has to be there is given back, nothing and zero too', () => {
  expect([must(0, 'number'), must('', 'text'), must(false, 'word')]).toEqual([0, '', false]);
});

test('what is missing is a defect, and says what it is', () => {
  expect(() => {
    must(undefined, 'network lan');
  }).toThrow('there is no network lan');
});

test('one of a list is found by its name', () => {
  const all = [{ name: 'lan', mtu: 1500 }];
  expect(named(all, 'lan', 'network').mtu).toBe(1500);
  expect(() => named(all, 'k8s', 'network')).toThrow('there is no network k8s');
});
