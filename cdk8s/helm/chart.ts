/**
 * The chart writer: every file of charts/flatlan. It knows no cluster; what a plan decides comes in by values.
 *
 *   charts/flatlan/                 Chart.yaml Chart.lock values.yaml values.schema.json README.md .helmignore
 *     layers/                       operators.yaml network.yaml: which release this is
 *     templates/                    guards, locks, checks, NOTES.txt
 *     charts/network/               the plan's objects as templates
 *     charts/{tigera-operator,metallb}-*.tgz   upstream's, by `helm dependency build`; never written here
 */
import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { networkLayer } from '../constructs/network-layer.ts';
import { Checks } from '../constructs/release/check.ts';
import { networkChecks, operatorChecks, type CheckSettings } from '../constructs/release/checks.ts';
import { ReleaseLock, UninstallHook } from '../constructs/release/release-lock.ts';
import type { ChartVersions } from '../plan/versions.ts';
import type { NetworkValues } from '../values/network.ts';
import { BANNER, type GeneratedFile } from '../writer/index.ts';
import { networkChart, umbrellaChart, umbrellaLock } from './chart-metadata.ts';
import { guards, helpers } from './guards.ts';
import { layerFile, layers } from './layers.ts';
import { lockOf } from './locks.ts';
import { notes } from './notes.ts';
import { chartReadme } from './readme.ts';
import { TemplateSource } from './template.ts';
import { networkSchema, umbrellaSchema } from './values-schema.ts';
import { networkValuesFile, umbrellaValues } from './values-files.ts';

export const CHART_FOLDER = 'charts/flatlan';

export function chartFiles(versions: ChartVersions): GeneratedFile[] {
  const files: Record<string, string> = {
    'Chart.yaml': umbrellaChart(versions),
    'Chart.lock': umbrellaLock(versions),
    'values.yaml': umbrellaValues(),
    'values.schema.json': umbrellaSchema(),
    'README.md': chartReadme(),
    '.helmignore': `# ${BANNER}: do not edit.\n.git\n*.orig\n*.swp\n`,
    'templates/_helpers.tpl': helpers(),
    'templates/guards.yaml': guards(),
    'templates/NOTES.txt': notes(),
    ...Object.fromEntries(layers.map((layer) => [`layers/${layer.name}.yaml`, layerFile(layer)])),
    ...umbrellaTemplates(),
    'charts/network/Chart.yaml': networkChart(),
    'charts/network/values.yaml': networkValuesFile(),
    'charts/network/values.schema.json': networkSchema(),
    ...networkTemplates(),
  };
  return Object.entries(files).map(([path, content]) => ({ path: `${CHART_FOLDER}/${path}`, content }));
}

function scope(): Construct {
  return new Chart(new App(), 'chart', { disableResourceNameHashes: true });
}

function networkTemplates(): Record<string, string> {
  const source = new TemplateSource<NetworkValues>();
  const parts = networkLayer(scope(), source);
  return Object.fromEntries(
    [...parts].map(([name, part]) => [`charts/network/templates/${name}.yaml`, source.file(part)]),
  );
}

function umbrellaTemplates(): Record<string, string> {
  const source = new TemplateSource<object>();
  const root = scope();
  const { release } = source;
  const settings: CheckSettings = { timeout: source.value('checks.timeout'), namespace: release.namespace };
  const checks = { operators: operatorChecks(settings), network: networkChecks(settings) };
  const files: Record<string, string> = {};
  for (const layer of layers) {
    const on = layer.name === 'operators' ? '(index $.Values "tigera-operator").enabled' : '$.Values.network.enabled';
    const locked = source.block(root, `${layer.name}-lock`, `if and ${on} (not $.Values.global.allowUninstall)`);
    new ReleaseLock(locked, 'lock', lockOf(layer, release));
    new UninstallHook(locked, 'hook', release);
    files[`templates/${layer.name}-lock.yaml`] = source.file(locked);
    const tested = source.block(root, `${layer.name}-checks`, `if ${on}`);
    new Checks(tested, 'checks', { release, image: source.value('checks.image'), checks: checks[layer.name] });
    files[`templates/tests/${layer.name}.yaml`] = source.file(tested);
  }
  return files;
}
