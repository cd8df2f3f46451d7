/** The umbrella's own templates: what a layer brings beside its subcharts. */
import { App, Chart } from 'cdk8s';
import { NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import {
  METALLB_ACCESS,
  operatorsLayer,
  type FirstLayerValues,
  type SharedObject,
} from '../constructs/operators-layer.ts';
import {
  appChecks,
  attachmentChecks,
  bridgeChecks,
  Checks,
  networkChecks,
  operatorChecks,
  prerequisiteChecks,
  type CheckDefinition,
  type CheckSettings,
} from '../constructs/release/checks.ts';
import { UninstallHook } from '../constructs/release/release-lock.ts';
import type { ChartVersions } from '../plan/versions.ts';
import { apps, carriesNetwork, isLayer, layers, network, operators, prerequisites } from './layers.ts';
import { layerLocks } from './locks.ts';
import { TemplateSource } from './template.ts';

/** Of Go's templates: whether an object is not there, or belongs to this release. */
function mayOwn(source: TemplateSource<FirstLayerValues>, { apiVersion, kind, name }: SharedObject): string {
  const lookup = `lookup "${apiVersion}" "${kind}" "" ${source.operand(name)}`;
  return `include "flatlan.mayOwn" (dict "release" $.Release "object" (${lookup}))`;
}

/** Of Go's templates: the ServiceAccount of MetalLB's controller, as upstream's chart names it (templates/_helpers.tpl). */
const controllerAccount =
  'default (printf "%s-controller" $.Values.metallb.fullnameOverride) (dig "controller" "serviceAccount" "name" "" $.Values.metallb)';

/** Of Go's templates: whether the plan of a network layer has Calico. */
const WITH_CALICO = '$.Values.network.installation';

/** Templates by name. */
export function umbrellaTemplates(versions: ChartVersions): Record<string, string> {
  return { ...ofFirstLayers(versions), ...locks(), ...checks() };
}

function start() {
  return {
    source: new TemplateSource<FirstLayerValues>(),
    root: new Chart(new App(), 'chart', { disableResourceNameHashes: true }),
  };
}

/** The parts of both first layers: the prerequisites are those of the operators that are not of upstream's charts. */
function ofFirstLayers(versions: ChartVersions): Record<string, string> {
  const { source, root } = start();
  const parts = operatorsLayer(root, source, {
    versions,
    metallbAccount: source.expression(controllerAccount),
    ifFree: (scope, object) => source.block(scope, 'free', `if ${mayOwn(source, object)}`),
  });
  const first = `or ${[operators, prerequisites].map((layer) => isLayer(layer, '$.Values')).join(' ')}`;
  const on = (part: string) => (part === METALLB_ACCESS ? '$.Values.metallb.enabled' : first);
  return Object.fromEntries([...parts].map(([name, part]) => [name, source.file(part, `if ${on(name)}`)]));
}

function locks(): Record<string, string> {
  const { source, root } = start();
  const files: Record<string, string> = {};
  for (const layer of layers.filter(carriesNetwork)) {
    const on = `if and ${isLayer(layer, '$.Values')} (not $.Values.global.allowUninstall)`;
    const locked = source.block(root, layer.name, on);
    if (layer === network) {
      layerLocks(source.block(locked, 'calico', `if ${WITH_CALICO}`), layer, source.release, true);
      layerLocks(source.block(locked, 'without', `if not ${WITH_CALICO}`), layer, source.release, false);
    } else layerLocks(locked, layer, source.release, true);
    new UninstallHook(locked, 'hook', source.release);
    files[`${layer.name}-lock`] = source.file(locked);
  }
  return files;
}

function checks(): Record<string, string> {
  const { source, root } = start();
  const { release } = source;
  const settings: CheckSettings = { timeout: source.at('checks.timeout'), namespace: release.namespace };
  const file = (name: string, on: string, account: string, definitions: readonly CheckDefinition[]) => {
    const block = source.block(root, name, `if ${on}`);
    new Checks(block, 'checks', { release, account, image: source.at('checks.image'), checks: definitions });
    return [`tests/${name}`, source.file(block)];
  };
  const app = '(index $.Values "home-assistant")';
  const appNamespace = source.expression(`${app}.namespace`);
  return Object.fromEntries([
    file('operators', isLayer(operators, '$.Values'), 'checks', operatorChecks(settings)),
    file('prerequisites', isLayer(prerequisites, '$.Values'), 'checks', prerequisiteChecks(settings)),
    file('network', `and ${isLayer(network, '$.Values')} ${WITH_CALICO}`, 'checks', networkChecks(settings)),
    file(
      'bridge',
      `and ${isLayer(network, '$.Values')} $.Values.bridge.settings`,
      'bridge-checks',
      bridgeChecks(settings),
    ),
    file(
      'attachments',
      `and ${isLayer(network, '$.Values')} $.Values.attachments.definitions`,
      'attachment-checks',
      attachmentChecks(settings),
    ),
    file(
      'apps',
      `and ${isLayer(apps, '$.Values')} (dig "podAnnotations" "${NETWORKS_ANNOTATION}" "" ${app})`,
      'checks',
      appChecks({ ...settings, namespace: appNamespace }),
    ),
  ]) as Record<string, string>;
}
