import { expect, test } from '@jest/globals';
import { must } from '../../cdk8s/plan/must.ts';

test('what has to be there is given back, nothing and zero too', () => {
  expect([must(0, 'number'), must('', 'text'), must(false, 'word')]).toEqual([0, '', false]);
});

test('what is missing is a defect, and says what it is', () => {
  expect(() => {
    must(undefined, 'network lan');
  }).toThrow('there is no network lan');
});
