/** Rules of the text and of single keys; the parser raises them (read/, schema/scalars.ts). */
import type { Rule } from './rule.ts';

export const schemaRules: readonly Rule[] = [
  {
    code: 'schema/yaml-syntax',
    severity: 'error',
    summary: 'A plan is one YAML 1.2 document of at most 512 kB, without tags and directives.',
    remedy: 'correct the YAML here; the rest of this top-level section was not checked',
  },
  {
    code: 'schema/duplicate-key',
    severity: 'error',
    summary: 'A key stands once in its map.',
    remedy: 'keep one of the two: programs differ in which one they take',
  },
  {
    code: 'schema/anchors',
    severity: 'error',
    summary: 'Aliases name an anchor before them and stand for at most 1000 values; there are no merge keys (<<).',
    remedy: 'write the values out; node patterns ("node{1..100}") replace most anchors',
  },
  {
    code: 'schema/unknown-key',
    severity: 'error',
    summary: 'Every key is one that flatlan knows.',
    remedy: 'see docs/plan.md for all keys',
  },
  {
    code: 'schema/missing',
    severity: 'error',
    summary: 'Required keys are there.',
    remedy: 'add it; docs/plan.md says what belongs there',
  },
  {
    code: 'schema/type',
    severity: 'error',
    summary: 'A value has the type of its key.',
    remedy: 'see docs/plan.md for what belongs there',
  },
  {
    code: 'schema/value',
    severity: 'error',
    summary: 'A value is one that its key allows.',
    remedy: 'see docs/plan.md for what belongs there',
  },
  {
    code: 'schema/newer-version',
    severity: 'error',
    summary: 'The plan has a version that this flatlan reads.',
    remedy: 'install a newer flatlan',
  },
];
