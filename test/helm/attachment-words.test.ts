/** What whoever installs the chart is told about attachments, besides how to ask for one. */
import { expect, test } from '@jest/globals';
import { notes } from '../../cdk8s/helm/notes.ts';
import { chartReadme } from '../../cdk8s/helm/readme.ts';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

test.each([
  ['README', chartReadme()],
  ['NOTES.txt', notes()],
])('%s says that NetworkPolicy does not apply to them, what is held, and what gets past it', (_, text) => {
  expect(oneLine(text)).toMatch(/NetworkPolicy does not apply to th(is|ese) interfaces?/);
  expect(oneLine(text)).toMatch(/NET_RAW (and|or) NET_ADMIN/);
});
