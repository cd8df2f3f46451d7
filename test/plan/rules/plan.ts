/** A plan without findings, for tests to change one thing of. */
import { checkPlan } from '../../../cdk8s/plan/check.ts';
import { pathText, type Finding } from '../../../cdk8s/plan/finding.ts';
import { changed as replaced } from '../../plans/fixtures.ts';

export const plan = `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks:
  k8s: {subnet: 192.168.3.0/24, gateway: 192.168.3.1}
  lan: {subnet: 192.168.2.0/24, gateway: 192.168.2.1}
routers:
  edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}
nodes:
  a: {roles: [control-plane], interfaces: {eth0: {network: k8s, address: 192.168.3.11}}}
  b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}
pods: {mode: routed, network: k8s, subnet: 10.64.0.0/18}
loadBalancers: {subnet: 10.65.0.0/24}
bgp: {passwordSecret: {name: bgp-password, key: password}}
`;

type Change = readonly [from: string, to: string];

export function changed(...changes: readonly Change[]): string {
  return changes.reduce((text, [from, to]) => replaced(text, from, to), plan);
}

/** The plan has no DHCP server, so that a test adds the one that it needs; interfaces with `address: dhcp` are not about that. */
const WITHOUT_SERVER = 'dhcp/no-server';

export function findings(text: string): readonly Finding[] {
  return checkPlan(text, 'plan.yaml').findings.filter(({ code }) => code !== WITHOUT_SERVER);
}

/** Every finding as code and path. */
export function found(text: string): string[] {
  return findings(text).map(({ code, path }) => `${code} at ${pathText(path)}`);
}

/** The only finding. */
export function one(text: string): Finding {
  const [first, ...more] = findings(text);
  if (!first || more.length > 0) throw new Error(`there are ${found(text).join(', ') || 'no findings'}`);
  return first;
}
