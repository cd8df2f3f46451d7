import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const folder = new URL('../../cdk8s/address/', import.meta.url);
const imports = readdirSync(folder).flatMap((file) =>
  Array.from(readFileSync(new URL(file, folder), 'utf8').matchAll(/\bfrom '([^']+)'/g), ([, from = '']) => ({
    file,
    from,
  })),
);

test('addressing depends on nothing', () => {
  expect(imports.length).toBeGreaterThan(10);
  const foreign = imports.filter(({ from }) => !from.startsWith('./')).map(({ from }) => from);
  expect(foreign).toEqual([]);
});
