import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const folder = new URL('../../cdk8s/writer/', import.meta.url);
const imports = readdirSync(folder).flatMap((file) =>
  Array.from(readFileSync(new URL(file, folder), 'utf8').matchAll(/\bfrom '([^']+)'/g), ([, from = '']) => from),
);

test("the writer depends on nothing but the banner and node's own modules", () => {
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.filter((from) => !/^(\.\/|node:|\.\.\/banner\.ts$)/.test(from))).toEqual([]);
});
