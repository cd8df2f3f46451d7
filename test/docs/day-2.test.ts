/**
 * docs/day-2.md: its table of what a change of the plan changes is what synth writes, what it says of refusals is what rules and
 * guards say, and its .gitignore leaves out what may be left out and nothing else. What it says of running programs is
 * shown by the live tests that it names.
 */
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { guards } from '../../cdk8s/helm/guards/index.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Finding } from '../../cdk8s/plan/finding.ts';
import { ownedFolders } from '../../cdk8s/paths.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { synthesize } from '../../cdk8s/synth.ts';
import { networkOf, planText } from '../plans/fixtures.ts';
import { isIgnored, textOf } from './sources.ts';

const page = textOf('docs/day-2.md');

type Edit = readonly [from: string, to: string];

interface Change {
  readonly plan: string;
  readonly edits: readonly Edit[];
}

const flat = (...edits: Edit[]): Change => ({ plan: 'flat-bgp', edits });
const hybrid = (...edits: Edit[]): Change => ({ plan: 'hybrid', edits });
const sites = (...edits: Edit[]): Change => ({ plan: 'multi-site', edits });

const lastNode = 'pods: {mode';
const lastLine = 'bgp: {passwordSecret';
const oldPool = 'loadBalancers: {subnet: 192.168.6.0/24}';
const bothPools =
  'loadBalancers:\n  load-balancers: {subnet: 192.168.6.0/24, autoAssign: false}\n  lb-2: {subnet: 192.168.8.0/24}';

/** The rows of the page's table, by what stands in their first column. */
const rows: Readonly<Record<string, Change>> = {
  'a node more, one router': flat([
    lastNode,
    `  second: {roles: [worker], interfaces: {eth0: {network: home, address: 192.168.2.226}}}\n${lastNode}`,
  ]),
  'a node more, several routers': sites([
    lastNode,
    `  b2: {interfaces: {eth0: {network: home-b-k8s, address: 10.72.0.12}}}\n${lastNode}`,
  ]),
  'a node less, several routers': sites([
    '  a2: {interfaces: {eth0: {network: home-a-k8s, address: 10.71.0.12}}}\n',
    '',
  ]),
  'a node with another MAC address': hybrid(['00:15:5d:02:cb:0c', '00:15:5d:02:cb:1c']),
  'a node with another address': flat(['192.168.2.225', '192.168.2.226']),
  'nodes on a second network': flat(
    ['networks:\n', 'networks:\n  servers: {subnet: 192.168.30.0/24, gateway: 192.168.30.1, dns: [192.168.30.1]}\n'],
    ['addresses: {home: 192.168.2.1}', 'addresses: {home: 192.168.2.1, servers: 192.168.30.1}'],
    ['pods: {mode: routed, network: home', 'pods: {mode: routed, networks: [home, servers]'],
    [lastNode, `  second: {interfaces: {eth0: {network: servers, address: 192.168.30.11}}}\n${lastNode}`],
  ),
  'another Secret for the password': flat(['name: flatlan-bgp-password', 'name: house-bgp-password']),
  'another patch release of Calico': flat([lastLine, `versions: {calico: v3.32.2}\n${lastLine}`]),
  'Calico 3.33': flat([lastLine, `versions: {calico: v3.33.0}\n${lastLine}`]),
  'MetalLB 0.16.2': flat([lastLine, `versions: {metallb: 0.16.2}\n${lastLine}`]),
  'another minor version of Kubernetes': flat(['version: "1.36"', 'version: "1.37"']),
  'a second pool of load balancers': flat([oldPool, bothPools]),
  'another subnet for load balancers': flat([oldPool, 'loadBalancers: {subnet: 192.168.8.0/24}']),
  'another subnet for pods': flat(['subnet: 192.168.4.0/24', 'subnet: 192.168.8.0/24']),
  'another range for services': flat(['services: 10.96.0.0/12', 'services: 10.112.0.0/12']),
  'the same, with `advertiseServices`': sites(['services: 10.96.0.0/12', 'services: 10.112.0.0/12']),
  'another subnet for the LAN of attachments': hybrid(['192.168.2.', '192.168.20.']),
};

interface Written {
  /** Every file by its path, the cluster's name left open as on the page. */
  readonly files: ReadonlyMap<string, string>;
  /** Every object of the files for review, by kind and name. */
  readonly objects: ReadonlyMap<string, string>;
}

const written = new Map<string, Written>();

function writtenFor(text: string): Written {
  const known = written.get(text);
  if (known) return known;
  const network = networkOf(text);
  const { files } = synthesize([network]);
  const objects = files
    .filter(({ path }) => path.startsWith('dist/'))
    .flatMap(({ content }) => parseAllDocuments(content).map((document) => document.toJS() as Identified));
  const made = {
    files: new Map(files.map(({ path, content }) => [path.replaceAll(network.cluster, '<cluster>'), content])),
    objects: new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, JSON.stringify(object)])),
  };
  written.set(text, made);
  return made;
}

interface Identified {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What is in one of them only, or differs. */
function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

function edited({ plan, edits }: Change): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`plan ${plan} has no ${from}`);
    return text.replaceAll(from, () => to);
  }, planText(plan));
}

/** What stands in backticks in a cell; the table leaves the folder overlays/<cluster>/generated out. */
function named(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).sort();
}

describe('the table of changes', () => {
  const [, section = ''] = page.split('\n## What to expect in git diff\n');
  const table = section
    .split('\n## ', 1)
    .flatMap((text) => text.split('\n'))
    .map((line) => /^\| (?<change>[^|]+) \| (?<files>[^|]+) \| (?<objects>[^|]+) \|$/.exec(line)?.groups)
    .filter((cells) => cells !== undefined)
    .filter(({ change }) => change !== 'change' && change !== '---');

  test('has a row for each change that is tried here', () => {
    expect(table.map(({ change }) => change).sort()).toEqual(Object.keys(rows).sort());
  });

  test.each(Object.entries(rows))('%s', (title, change) => {
    const [before, after] = [writtenFor(planText(change.plan)), writtenFor(edited(change))];
    const row = table.find((cells) => cells.change === title);
    const files = differences(before.files, after.files).filter((path) => !path.startsWith('dist/'));
    expect(named(row?.files ?? '')).toEqual(
      [
        ...new Set(
          files.map((path) => path.replace('overlays/<cluster>/generated/', '').replace(/^routers\/.*/, 'routers/')),
        ),
      ].sort(),
    );
    expect(named(row?.objects ?? '')).toEqual(differences(before.objects, after.objects));
  });
});

describe('what the page says of refusals', () => {
  const findings = (change: Change): readonly Finding[] => checkPlan(edited(change), 'plan.yaml').findings;
  const said = (change: Change, severity: Finding['severity']): string[] =>
    findings(change)
      .filter((finding) => finding.severity === severity)
      .map(({ code }) => code);
  const versions = (chosen: string): Change => flat([lastLine, `versions: {${chosen}}\n${lastLine}`]);

  test.each([
    [
      'a third node where the pods have four blocks',
      'warning',
      'pods/few-blocks',
      hybrid([
        lastNode,
        `  node3:
    roles: [worker]
    host: hyper-v
    interfaces:
      eth0: {network: lan, bridge: br0, mac: "00:15:5d:02:cb:0d", address: dhcp}
      eth1: {network: k8s, mac: "00:15:5d:02:cb:0e", address: 192.168.3.4, assigned: dhcp, defaultRoute: preferred}
${lastNode}`,
      ]),
    ],
    ['another version', 'warning', 'versions/untested', versions('calico: v3.32.2')],
    ['a version that does not work', 'error', 'versions/broken', versions('calico: v3.32.0')],
    ['Kubernetes 1.37', 'warning', 'versions/untested', flat(['"1.36"', '"1.37"'])],
  ] as const)('%s: %s %s', (_, severity, code, change) => {
    expect(said(change, severity)).toContain(code);
    expect(page).toContain(`\`${code}\``);
  });

  test('a plan has no version of Multus', () => {
    expect(said(versions('multus: v4.3.1'), 'error')).toEqual(['schema/unknown-key']);
  });

  test("another pool of pods: the guard's words", () => {
    const words = 'Calico cannot change name, cidr or blockSize of a pool in use';
    expect(guards()).toContain(words);
    expect(page.replaceAll(/\s+/g, ' ')).toContain(words);
  });
});

test('the first pool keeps its object, so no two pools overlap for a moment', () => {
  const { objects } = writtenFor(edited(flat([oldPool, bothPools])));
  expect(objects.get('IPAddressPool load-balancers')).toContain('192.168.6.0/24');
});

test('the second node makes the router a reflector', () => {
  const announces = (text: string) => /^- Announce .*$/m.exec(stepsText(networkOf(text)))?.[0];
  expect(announces(planText('flat-bgp'))).toContain('Announce nothing');
  expect(announces(edited(rows['a node more, one router'] ?? flat()))).toContain('route reflector client');
});

describe('a folder of your own', () => {
  const ignore = /```gitignore\n([^`]+)```/.exec(page)?.[1] ?? '';
  const network = networkOf(planText('hybrid'));
  const files = synthesize([network]).files.map(({ path }) => path);

  test('what synth writes is committed, but for what is there to review', () => {
    expect(files.filter((path) => isIgnored(path, ignore))).toEqual(files.filter((path) => path.startsWith('dist/')));
  });

  test.each([
    'node_modules/flatlan/package.json',
    'charts/flatlan/charts/metallb-0.16.1.tgz',
    '.flatlan-1/x',
    'kubeconfig',
    'overlays/hybrid/home.kubeconfig',
    'keys/house.agekey',
  ])('%s is left out', (path) => {
    expect(isIgnored(path, ignore)).toBe(true);
  });

  test.each([
    'overlays/hybrid/plan.yaml',
    'overlays/hybrid/values.yaml',
    'flux/clusters/hybrid/flux-system/gotk-sync.yaml',
    'flux/secrets/hybrid/bgp-password.yaml',
    'package-lock.json',
  ])('%s is committed', (path) => {
    expect(isIgnored(path, ignore)).toBe(false);
    expect(ownedFolders(['hybrid']).filter((folder) => path.startsWith(`${folder}/`))).toEqual([]);
  });
});
