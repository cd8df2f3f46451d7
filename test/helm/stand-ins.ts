/**
 * Upstream's charts cannot be fetched by tests, so charts of the same name and version stand in for them, in a temporary
 * copy of flatlan's chart and never in the repository:
 *
 *   <folder>/charts/flatlan/                       every file of chartFiles(), as `flatlan synth` writes it
 *     charts/tigera-operator/, charts/metallb/     the stand-ins, where `helm dependency build` puts upstream's archives
 *
 * A stand-in renders what it was told, as a ConfigMap, so that tests can look at it, and upstream's objects with the rights
 * that they give (upstream-objects.ts). Each has the label STAND_IN; none does anything in a cluster.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { chartFiles } from '../../cdk8s/helm/chart.ts';
import { CHART_FOLDER } from '../../cdk8s/paths.ts';
import { testedCharts, type ChartVersions } from '../../cdk8s/plan/versions.ts';
import { upstreamObjects, type UpstreamObject } from './upstream-objects.ts';

/** The label of everything that a stand-in renders; its value is the chart's name. */
const STAND_IN = 'flatlan.invalid/stand-in';

export const standIns = ['tigera-operator', 'metallb'] as const;
export type StandIn = (typeof standIns)[number];

/** Writes flatlan's chart with stand-ins in place below a folder and returns the chart's own folder, ready for Helm. */
export function chartWithStandIns(folder: string, versions: ChartVersions = testedCharts): string {
  for (const { path, content } of chartFiles(versions)) write(join(folder, path), content);
  const chart = join(folder, CHART_FOLDER);
  for (const name of standIns) writeStandIn(join(chart, 'charts'), name, versions);
  return chart;
}

/** Writes one stand-in as `<folder>/<name>/` and returns that path. */
export function writeStandIn(folder: string, name: StandIn, versions: ChartVersions = testedCharts): string {
  const chart = join(folder, name);
  for (const [path, content] of Object.entries(standInFiles(name, versions))) write(join(chart, path), content);
  return chart;
}

/** The files of a stand-in by path. */
export function standInFiles(name: StandIn, versions: ChartVersions = testedCharts): Record<string, string> {
  const version = name === 'tigera-operator' ? versions.calico : versions.metallb;
  return {
    'Chart.yaml': stringify({ apiVersion: 'v2', name, version, description: `Stands in for upstream's ${name}.` }),
    // As upstream's: both have defaults of their own that the umbrella's values lie over.
    'values.yaml': stringify({
      upstreamDefault: name,
      ...(name === 'metallb' ? { controller: { tolerations: [] } } : {}),
    }),
    'templates/received-values.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${receivedValuesOf(name)}
  namespace: {{ .Release.Namespace }}
  labels: {${STAND_IN}: ${name}}
data:
  values.json: {{ .Values | toJson | toJson }}
`,
    'templates/objects.yaml': upstreamObjects[name].map((object) => `---\n${labelled(name, object)}`).join(''),
  };
}

/** With the stand-in's label; a list that comes by values fills its place whole. */
function labelled(name: StandIn, object: UpstreamObject): string {
  const metadata = { ...object.metadata, labels: { [STAND_IN]: name } };
  return stringify({ ...object, metadata }).replace(/"(\{\{ [^"]* toJson \}\})"/g, '$1');
}

/** The name of the ConfigMap that holds all values that a stand-in got. */
export function receivedValuesOf(name: StandIn): string {
  return `${name}-received-values`;
}

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/** Whether an object comes from a stand-in. */
export function isStandIn(object: object): boolean {
  return (object as Labelled).metadata?.labels?.[STAND_IN] !== undefined;
}

/** The values that a stand-in got, out of the ConfigMap that it rendered (from `helm template` or a cluster). */
export function receivedValues(configMap: object): Record<string, unknown> {
  const text = (configMap as { data?: Record<string, string> }).data?.['values.json'];
  if (text === undefined) throw new Error('this ConfigMap holds no values.json');
  return JSON.parse(text) as Record<string, unknown>;
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
