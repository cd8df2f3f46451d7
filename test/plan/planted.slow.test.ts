/**
 * Plans at random, half of them with one mistake of meaning: every mistake is found, and what is accepted works by an oracle
 * that shares no code with the rules and the resolver. FLATLAN_PLANS is how many.
 */
import { describe, expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { isCalico } from '../../cdk8s/plan/network/calico.ts';
import { mistakes, planted } from '../plans/planted/index.ts';
import { arithmetic, unreachable } from '../plans/oracle/index.ts';
import { randomPlans } from '../plans/random.ts';

const PLANS = Number(process.env.FLATLAN_PLANS ?? 1000);
const SEED = 20261128;

/** Warnings that say the same as the oracle: the plan is accepted, and packets get lost. */
const SAID = ['reachability/default-route', 'reachability/clients-without-gateway', 'reachability/gateway-without-bgp'];

const bases = randomPlans(PLANS / 2, SEED).map(({ text, network }) => ({
  text,
  network,
  codes: checkPlan(text, 'random.yaml').findings.map(({ code }) => code),
}));

test('what is accepted works', () => {
  const asked = bases.filter(({ codes }) => !codes.some((code) => SAID.includes(code)));
  expect(asked.length).toBeGreaterThan(PLANS / 10);
  for (const { text, network } of asked)
    expect({ text, faults: [...arithmetic(text), ...unreachable(network)] }).toEqual({ text, faults: [] });
});

describe('one mistake', () => {
  const tried = new Map(mistakes.map(({ name }) => [name, 0]));
  const missed: string[] = [];

  test('is found in every plan', () => {
    for (const { text, codes } of bases) {
      const rarest = [...mistakes].sort((one, other) => (tried.get(one.name) ?? 0) - (tried.get(other.name) ?? 0));
      // One that has a place here, and that the plan does not have by itself.
      for (const mistake of rarest) {
        const { name } = mistake;
        const wrong = mistake.codes.some((code) => codes.includes(code)) ? undefined : planted(mistake, text);
        if (wrong === undefined) continue;
        tried.set(name, (tried.get(name) ?? 0) + 1);
        const { network, findings } = checkPlan(wrong, 'planted.yaml');
        if (!findings.some(({ code }) => mistake.codes.includes(code)))
          missed.push(`${name}: ${findings.map(({ code }) => code).join(', ')}\n${wrong}`);
        if (mistake.arithmetic)
          expect({ name, wrong, faults: arithmetic(wrong).length > 0 }).toEqual({ name, wrong, faults: true });
        if (mistake.packets && network && isCalico(network))
          expect({ name, wrong, lost: unreachable(network).length > 0 }).toEqual({ name, wrong, lost: true });
        break;
      }
    }
    expect(missed).toEqual([]);
  });

  test('of each kind was made', () => {
    expect([...tried].filter(([, count]) => count === 0)).toEqual([]);
  });
});
