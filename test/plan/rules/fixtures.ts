/** The fixtures of rules: `<family>/<rule>[.<variant>].{valid,invalid}.yaml`, one pair for each way to break a rule. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan, type Checked } from '../../../cdk8s/plan/check.ts';

const folder = join(import.meta.dirname, '../../fixtures/rules');

export interface Fixture {
  /** `addresses/overlap` */
  readonly code: string;
  /** `addresses/overlap.variant` */
  readonly name: string;
  readonly kind: 'valid' | 'invalid';
  readonly text: string;
}

export function readFixtures(): Fixture[] {
  return readdirSync(folder).flatMap((family) =>
    readdirSync(join(folder, family)).map((file): Fixture => {
      const [, rule, variant = '', kind] = /^([^.]+)(\.[^.]+)?\.(valid|invalid)\.yaml$/.exec(file) ?? [];
      if (rule === undefined) throw new Error(`${family}/${file} is not named like a fixture`);
      const code = `${family}/${rule}`;
      const text = readFileSync(join(folder, family, file), 'utf8');
      return { code, name: code + variant, kind: kind === 'valid' ? 'valid' : 'invalid', text };
    }),
  );
}

export interface Expected {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** The first line of an invalid fixture: `# expect: 6:42 part of the problem`. */
export function expectedOf({ name, text }: Fixture): Expected {
  const [, line, column, problem] = /^# expect: ([0-9]+):([0-9]+) (.+)\n/.exec(text) ?? [];
  if (problem === undefined) throw new Error(`${name}.invalid.yaml says not what to expect in its first line`);
  return { line: Number(line), column: Number(column), problem };
}

export function check(fixture: Fixture): Checked {
  return checkPlan(fixture.text, `${fixture.name}.${fixture.kind}.yaml`);
}
