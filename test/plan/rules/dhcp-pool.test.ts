/** The size of a DHCP range against an oracle that counts addresses one by one. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changed, findings } from './plan.ts';

interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas: number;
  readonly surge: number | undefined;
}

const workloads = fc.array(
  fc.record<Workload>({
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
    replicas: fc.integer({ min: 0, max: 12 }),
    surge: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  }),
  { maxLength: 4 },
);

/** One address handed out at a time, each to somebody. */
function needed(clients: number, nodes: number, all: readonly Workload[]): number {
  const askers: string[] = [];
  for (let index = 0; index < clients; index++) askers.push('client');
  for (let index = 0; index < nodes; index++) askers.push('node');
  for (const { kind, replicas, surge } of all) {
    const pods = kind === 'DaemonSet' ? nodes : replicas;
    for (let index = 0; index < pods; index++) askers.push('pod');
    // Kubernetes: a fourth, rounded up, for a Deployment that says nothing.
    let more = surge ?? 0;
    if (surge === undefined && kind === 'Deployment') while (more * 4 < replicas) more++;
    for (let index = 0; index < more; index++) askers.push('new pod');
  }
  if (askers.length === 0) return 0;
  let spare = 2;
  while (spare * 5 < askers.length) spare++;
  return askers.length + spare;
}

function planOf(range: number, clients: number, nodes: number, all: readonly Workload[]): string {
  const written = all.map(
    ({ kind, replicas, surge }, index) =>
      `w${index}: {kind: ${kind}, replicas: ${replicas}${surge === undefined ? '' : `, surge: ${surge}`}}`,
  );
  const lines = Array.from(
    { length: nodes },
    (_, index) =>
      `  n${index}: {interfaces: {eth0: {network: k8s, address: 192.168.3.${20 + index}, defaultRoute: preferred}, eth1: {network: lan, address: dhcp, bridge: br0}}}\n`,
  );
  return changed(
    [
      'gateway: 192.168.2.1}',
      `gateway: 192.168.2.1, dhcp: {server: edge, range: 192.168.2.10-192.168.2.${9 + range}, clients: ${clients}}}`,
    ],
    ['  b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}\n', lines.join('')],
    [
      'bgp:',
      `attachments: {lan: {namespace: default, network: lan, addresses: dhcp, workloads: {${written.join(', ')}}}}\nbgp:`,
    ],
  );
}

test('a finding says exactly how many addresses are missing, and there is none where none is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 1, max: 5 }),
      workloads,
      fc.integer({ min: -3, max: 3 }),
      (clients, nodes, all, more) => {
        const need = needed(clients, nodes, all);
        const range = Math.max(1, need + more);
        const own = findings(planOf(range, clients, nodes, all)).filter(({ severity }) => severity === 'error');
        expect(own.map(({ code }) => code)).toEqual(range < need ? ['dhcp/pool-size'] : []);
        if (range < need) {
          expect(own[0]?.problem).toMatch(new RegExp(`= ${need}: ${need - range} too few$`));
          expect(own[0]?.remedy).toContain(`by ${need - range} or more`);
        }
      },
    ),
    { numRuns: 80 },
  );
});
