/** Rules of the text and of single keys; the parser reports them (read/, schema/scalars.ts). */
import type { Rule } from './rule.ts';

export const schemaRules: readonly Rule[] = [
  {
    code: 'schema/yaml-syntax',
    severity: 'error',
    summary: 'A plan is one YAML 1.2 document of at most 320 kB, without tags and directives.',
    remedy: 'correct the YAML here; the rest of this top-level section was not checked',
  },
  {
    code: 'schema/duplicate-key',
    severity: 'error',
    summary: 'A key is written only once in its map.',
    remedy: 'keep one of the two: programs differ in which one they use',
  },
  {
    code: 'schema/anchors',
    severity: 'error',
    summary:
      'Aliases refer to an anchor before them and add up to at most 1000 values; merge keys (<<) are not allowed.',
    remedy: 'write the values out; node patterns ("node{1..100}") replace most anchors',
  },
  {
    code: 'schema/unknown-key',
    severity: 'error',
    summary: 'Every key is a key of the plan format.',
    remedy: 'see docs/plan.md for all keys',
  },
  {
    code: 'schema/missing',
    severity: 'error',
    summary: 'Required keys are present.',
    remedy: 'add it; docs/plan.md describes its value',
  },
  {
    code: 'schema/type',
    severity: 'error',
    summary: 'A value has the type of its key.',
    remedy: 'docs/plan.md describes the values of this key',
  },
  {
    code: 'schema/value',
    severity: 'error',
    summary: 'A value is one of those that its key allows.',
    remedy: 'docs/plan.md describes the values of this key',
  },
  {
    code: 'schema/too-many',
    severity: 'error',
    summary:
      'A map or list has at most the number of entries that docs/plan.md says at its key: more than any house has, and few enough to compare each with each.',
    remedy:
      'leave out what this cluster does not use; each further cluster of a house has a plan of its own (docs/plan.md, house)',
  },
  {
    code: 'schema/newer-version',
    severity: 'error',
    summary: 'The plan has a version that this flatlan supports.',
    remedy: 'install a newer flatlan',
  },
];
