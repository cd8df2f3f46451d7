import { describe, expect, test } from '@jest/globals';
import { containsCidr } from 'cidr-tools';
import fc from 'fast-check';
import { checkPlan } from '../../../cdk8s/plan/check.ts';

function found(code: string, text: string): string[] {
  return checkPlan(text, 'plan.yaml')
    .findings.filter((finding) => finding.code === code)
    .map(({ problem }) => problem);
}

function planOf(networks: readonly string[], rest = 'pods: {mode: routed, subnet: 203.0.113.0/24}'): string {
  const lines = networks.map((subnet, index) => `  n${index}: {subnet: ${subnet}}`);
  return `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 198.51.100.0/24}
networks:
${lines.join('\n')}
nodes: {a: {interfaces: {eth0: {network: n0, address: dhcp}}}}
${rest}
`;
}

/** Subnets in the crowded 10.0.0.0/28, so that many lie inside others or are equal. */
const subnet = fc
  .tuple(fc.integer({ min: 28, max: 32 }), fc.integer({ min: 0, max: 15 }))
  .map(([prefix, host]) => `10.0.0.${host - (host % 2 ** (32 - prefix))}/${prefix}`);

describe('addresses/overlap', () => {
  test('names each subnet that lies inside another one once, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(subnet, { minLength: 1, maxLength: 12 }), (networks) => {
        const inside = networks.flatMap((inner, index) => {
          const holders = networks.filter(
            (outer, other) => other !== index && containsCidr(outer, inner) && (outer !== inner || other < index),
          );
          return holders.length > 0 ? [{ inner: `n${index}`, holders }] : [];
        });
        const problems = found('addresses/overlap', planOf(networks));
        const named = problems.map((problem) =>
          /of network (n[0-9]+) (?:is inside|is the same as) ([0-9./]+)/.exec(problem),
        );
        expect(named.map((match) => match?.[1]).sort()).toEqual(inside.map(({ inner }) => inner).sort());
        // The innermost around it: the longest prefix.
        for (const { inner, holders } of inside) {
          const innermost = holders.reduce((a, b) => (Number(b.split('/')[1]) > Number(a.split('/')[1]) ? b : a));
          expect(named.find((match) => match?.[1] === inner)?.[2]).toBe(innermost);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('names the innermost, of whatever kind', () => {
    const text = planOf(
      ['10.1.0.0/16'],
      'pods: {mode: routed, subnet: 10.128.0.0/10}\nloadBalancers: {subnet: 10.130.0.0/24}',
    ).replace('services: 198.51.100.0/24', 'services: 10.128.0.0/9');
    expect(found('addresses/overlap', text).sort()).toEqual([
      '10.128.0.0/10 of the pods is inside 10.128.0.0/9 of the services',
      '10.130.0.0/24 of the load balancers is inside 10.128.0.0/10 of the pods',
    ]);
  });

  test('sees pods inside the network of the LAN that load balancers lie in too', () => {
    const text = planOf(
      ['10.0.0.0/16'],
      'pods: {mode: on-lan, network: n0, subnet: 10.0.4.0/22}\nloadBalancers: {subnet: 10.0.5.0/24}',
    );
    // Pods inside their LAN are meant; load balancers inside a network are load-balancers/inside-network's.
    expect(found('addresses/overlap', text)).toEqual([
      '10.0.5.0/24 of the load balancers is inside 10.0.4.0/22 of the pods',
    ]);
    expect(found('load-balancers/inside-network', text)).toHaveLength(1);
  });

  test('leaves networks and load balancers to their own rules, either way round', () => {
    for (const [balancers, rule] of [
      ['10.0.0.0/26', 'inside-network'],
      ['10.0.0.128/26', 'inside-network'],
      ['10.0.0.0/24', 'covers-network'],
      ['10.0.0.0/16', 'covers-network'],
      ['10.0.0.240-10.0.0.249', 'inside-network'],
      ['10.0.1.240-10.0.2.15', 'covers-network'],
    ]) {
      const text = planOf(
        ['10.0.0.0/24', '10.0.1.0/24'],
        `pods: {mode: routed, subnet: 203.0.113.0/24}\nloadBalancers: {subnet: ${balancers}}`,
      );
      expect(found('addresses/overlap', text)).toEqual([]);
      expect(found(`load-balancers/${String(rule)}`, text)).toHaveLength(1);
    }
  });
});
