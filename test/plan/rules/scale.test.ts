import { describe, expect, test } from '@jest/globals';
import { checkPlan } from '../../../cdk8s/plan/check.ts';

/** Of ninety nodes a pattern, on two networks, with MAC addresses and a bridge: what most rules look at. */
function planOf(patterns: number, change: (line: string) => string = (line) => line): string {
  const lines = Array.from({ length: patterns }, (_, index) => {
    const pair = String(index + 10);
    return change(
      `  "n${pair}-{10..99}": {roles: [control-plane], interfaces: {eth0: {network: lan, address: "10.1.${pair}.{}", bridge: br0, mac: "52:54:00:01:${pair}:{}"}, eth1: {network: k8s, address: "10.2.${pair}.{}", mac: "52:54:00:02:${pair}:{}", defaultRoute: preferred}}}`,
    );
  });
  return `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks:
  lan: {subnet: 10.1.0.0/16, gateway: 10.1.255.254}
  k8s: {subnet: 10.2.0.0/16, gateway: 10.2.255.254}
routers: {edge: {software: frr, asn: 64512, addresses: {lan: 10.1.255.254, k8s: 10.2.255.254}}}
nodes:
${lines.join('\n')}
pods: {mode: routed, network: k8s, subnet: 10.32.0.0/11}
bgp: {passwordSecret: {name: bgp-password, key: password}}
`;
}

/** The same MAC address, the same address and an unknown network at every node. */
function spoilt(line: string): string {
  return line
    .replace(/10\.2\.[0-9.{}]+/, '10.2.0.9')
    .replace(/52:54:00:02:..:\{\}/, '52:54:00:02:00:00')
    .replace('network: lan', 'network: lam');
}

describe('a plan of 990 nodes', () => {
  test('has no finding when it has no mistake', () => {
    expect(checkPlan(planOf(11), 'plan.yaml').findings).toEqual([]);
  });

  test('says a mistake once a pattern, and at how many of its nodes', () => {
    const { findings } = checkPlan(planOf(11, spoilt), 'plan.yaml');
    for (const code of ['addresses/duplicate', 'nodes/mac-duplicate', 'nodes/unknown-network']) {
      const own = findings.filter((finding) => finding.code === code);
      expect(own).toHaveLength(11);
      expect(own.at(-1)?.problem).toContain('and 89 more of this kind in n');
    }
  });
});
