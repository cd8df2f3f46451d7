/** A change in which everything happens that can: for the tests that let it fail at each of its calls. */
import { generated, ours } from './trees.ts';

const foreign = { 'gen/notes.md': "a person's", 'gen/kept/keep': 'x', 'other/mine.txt': ours('in no owned folder') };

export const before = {
  ...foreign,
  'gen/changed.yaml': ours('old'),
  'gen/same.yaml': ours('same'),
  'gen/stale/a/b.yaml': ours('stale'),
  'gen/kept/stale.yaml': ours('stale'),
  'gen/to-folder': ours('file'),
  'gen/to-file/in/x.yaml': ours('inside'),
};

const files = {
  'gen/changed.yaml': ours('new'),
  'gen/same.yaml': ours('same'),
  'gen/new/deep/c.yaml': ours('new'),
  'gen/to-folder/y.yaml': ours('inside'),
  'gen/to-file': ours('file'),
};

export const wanted = generated(files);
export const owned = ['gen'];
export const after = { ...foreign, ...files };
