import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan, type Checked } from '../../../cdk8s/plan/check.ts';

function checked(name: string): Checked {
  return checkPlan(
    readFileSync(join(import.meta.dirname, `../../fixtures/plans/${name}.yaml`), 'utf8'),
    `${name}.yaml`,
  );
}

function said({ findings }: Checked): string[] {
  return findings.map(({ code, severity, place }) => `${place.line} ${severity} ${code}`);
}

describe('the five plans', () => {
  test('flat-bgp shares its LAN with clients', () => {
    const plan = checked('flat-bgp');
    expect(said(plan)).toEqual(['6 warning clients/same-subnet']);
    expect(plan.network).toBeDefined();
  });

  test('multi-site has nothing to say', () => {
    const plan = checked('multi-site');
    expect(said(plan)).toEqual([]);
    expect(plan.network).toBeDefined();
  });

  test('hybrid needs its hypervisor told, and its second interfaces are not generated yet', () => {
    const plan = checked('hybrid');
    expect(said(plan)).toEqual(['25 warning nodes/mac-filter', '31 warning nodes/mac-filter']);
    expect(plan.network).toBeDefined();
  });

  test('dumb-l2 has nothing to say', () => {
    const plan = checked('dumb-l2');
    expect(said(plan)).toEqual([]);
    expect(plan.network).toBeDefined();
  });

  test('same-subnet: its sessions have no password and its clients share the LAN', () => {
    const plan = checked('same-subnet');
    expect(said(plan)).toEqual(['2 warning bgp/no-password', '9 warning clients/same-subnet']);
    expect(plan.network).toBeDefined();
  });
});
