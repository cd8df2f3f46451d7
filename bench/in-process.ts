/**
 * Plan text to files in this process: the first run (cold), the median of many (warm), and the peak of resident memory.
 * `overlays-5` are the plans in overlays/ of the five systems, `overlays-200` as many of them by turns.
 */
import { readFileSync } from 'node:fs';
import { checkPlan } from '../cdk8s/plan/check.ts';
import { synthesize } from '../cdk8s/synth.ts';

const ROUNDS = 41;

function planOf(scenario: string): string {
  if (scenario === 'flat-bgp') return readFileSync('overlays/flat-bgp/plan.yaml', 'utf8');
  const node = (name: string, address: string): string =>
    `  ${name}: {interfaces: {eth0: {network: k8s, address: "${address}"}}}`;
  // A pattern has one number, so a thousand nodes are four patterns of 250.
  const nodes =
    scenario === '1000-nodes-pattern'
      ? [1, 2, 3, 4].map((third) => node(`"n${third}-{1..250}"`, `10.0.${third}.{}`))
      : Array.from({ length: 1000 }, (_, i) => node(`node${i}`, `10.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`));
  return [
    'version: 1',
    'cluster: large',
    'kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}',
    'networks:',
    '  k8s: {subnet: 10.0.0.0/16, gateway: 10.0.255.1}',
    'routers:',
    '  core: {software: frr, asn: 64512, addresses: {k8s: 10.0.255.1}}',
    'nodes:',
    ...nodes,
    'pods: {mode: routed, network: k8s, subnet: 10.64.0.0/12}',
    'loadBalancers: {subnet: 10.60.0.0/16}',
    'bgp: {passwordSecret: {name: flatlan-bgp-password, key: password}}',
    '',
  ].join('\n');
}

/** Milliseconds from the texts of plans to the files of all of them. */
function run(texts: readonly string[]): number {
  const start = performance.now();
  synthesize(
    texts.map((text) => {
      const { network, findings } = checkPlan(text, 'plan.yaml');
      if (!network) throw new Error(JSON.stringify(findings[0]));
      return network;
    }),
  );
  return performance.now() - start;
}

const SYSTEMS = ['flat-bgp', 'dumb-l2', 'same-subnet', 'multi-site', 'hybrid'];

/** Plans of the systems by turns, each of a cluster of its own. */
function overlays(count: number): string[] {
  const texts = SYSTEMS.map((name) => readFileSync(`test/fixtures/plans/${name}.yaml`, 'utf8'));
  return Array.from({ length: count }, (_, index) =>
    (texts[index % texts.length] ?? '').replace(/^cluster: .*$/m, `cluster: c${index}`),
  );
}

const scenario = process.argv[2] ?? 'flat-bgp';
const [, count] = /^overlays-(\d+)$/.exec(scenario) ?? [];
const texts = count === undefined ? [planOf(scenario)] : overlays(Number(count));
const cold = run(texts);
// As many as of a single plan, so that warm means the same; of hundreds a few, whose first one warms up.
const rounds = Math.max(5, Math.min(ROUNDS, Math.floor((10 * ROUNDS) / texts.length)));
const warm = Array.from({ length: rounds }, () => run(texts)).sort((a, b) => a - b);
const median = warm[Math.floor(rounds / 2)] ?? 0;
const peak = process.resourceUsage().maxRSS / 1024;
const each = texts.length > 1 ? ` ${(median / texts.length).toFixed(1).padStart(6)} ms each` : '';
process.stdout.write(
  `  ${scenario.padEnd(20)} ${median.toFixed(1).padStart(7)} ms warm ${cold.toFixed(0).padStart(6)} ms first ${peak.toFixed(0).padStart(5)} MB peak${each}\n`,
);
