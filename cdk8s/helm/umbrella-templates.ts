/** The umbrella's own templates: what a layer brings beside its subcharts. */
import { App, Chart } from 'cdk8s';
import { NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import { ControllerAccess } from '../constructs/metallb/controller-access.ts';
import { AttachmentCrd, ATTACHMENT_CRD } from '../constructs/release/attachment-crd.ts';
import {
  appChecks,
  attachmentChecks,
  Checks,
  networkChecks,
  operatorChecks,
  type CheckDefinition,
  type CheckSettings,
} from '../constructs/release/checks.ts';
import { DeletionLock } from '../constructs/release/deletion-lock.ts';
import { KeptNamespace } from '../constructs/release/namespaces.ts';
import { ReleaseLock, UninstallHook } from '../constructs/release/release-lock.ts';
import { metallbWithoutOwnPod, type ChartVersions } from '../plan/versions.ts';
import { layers, type Layer } from './layers.ts';
import { lockOf } from './locks.ts';
import { TemplateSource } from './template.ts';

interface UmbrellaValues {
  readonly namespaces: Readonly<Record<string, object>>;
}

/** Of Go's templates: whether a release is this layer. */
const isLayer: Readonly<Record<Layer['name'], string>> = {
  operators: '(index $.Values "tigera-operator").enabled',
  network: '$.Values.network.enabled',
  apps: '(index $.Values "home-assistant").enabled',
};

/** Of Go's templates: whether an object is not there, or belongs to this release. */
function mayOwn(lookup: string): string {
  return `include "flatlan.mayOwn" (dict "release" $.Release "object" (lookup ${lookup}))`;
}

/** Of Go's templates: the ServiceAccount of MetalLB's controller, as upstream's chart names it (templates/_helpers.tpl). */
const controllerAccount =
  'default (printf "%s-controller" $.Values.metallb.fullnameOverride) (dig "controller" "serviceAccount" "name" "" $.Values.metallb)';

/** Templates by name. */
export function umbrellaTemplates(versions: ChartVersions): Record<string, string> {
  return { ...kindAndNamespaces(), ...controllerAccess(versions), ...locks(), ...checks() };
}

function start() {
  return {
    source: new TemplateSource<UmbrellaValues>(),
    root: new Chart(new App(), 'chart', { disableResourceNameHashes: true }),
  };
}

/** Of the operators layer. What somebody else made is used as it stands. */
function kindAndNamespaces(): Record<string, string> {
  const { source, root } = start();
  const found = mayOwn(`"apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "${ATTACHMENT_CRD}"`);
  const kind = source.block(root, 'kind', `if and ${isLayer.operators} (${found})`);
  new AttachmentCrd(kind, 'attachments');
  const namespaces = source.block(root, 'namespaces', `if ${isLayer.operators}`);
  source.each(namespaces, 'namespaces', (at, name) => {
    const free = source.block(at, 'free', `if ${mayOwn('"v1" "Namespace" "" $name')}`);
    new KeptNamespace(free, 'namespace', name);
  });
  return { 'attachment-crd': source.file(kind), namespaces: source.file(namespaces) };
}

/** Of the operators layer, for the versions of MetalLB that need it. */
function controllerAccess({ metallb }: ChartVersions): Record<string, string> {
  if (!metallbWithoutOwnPod.has(metallb)) return {};
  const { source, root } = start();
  const block = source.block(root, 'metallb', 'if $.Values.metallb.enabled');
  new ControllerAccess(block, 'access', {
    namespace: source.release.namespace,
    account: source.expression(controllerAccount),
  });
  return { 'metallb-controller-access': source.file(block) };
}

function locks(): Record<string, string> {
  const { source, root } = start();
  const files: Record<string, string> = {};
  for (const layer of layers) {
    const lock = lockOf(layer, source.release);
    if (!lock) continue;
    const on = `if and ${isLayer[layer.name]} (not $.Values.global.allowUninstall)`;
    const locked = source.block(root, layer.name, on);
    new ReleaseLock(locked, 'lock', lock);
    new DeletionLock(locked, 'keep', lock);
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
    file('operators', isLayer.operators, 'checks', operatorChecks(settings)),
    file('network', isLayer.network, 'checks', networkChecks(settings)),
    file(
      'attachments',
      `and ${isLayer.network} $.Values.attachments.definitions`,
      'attachment-checks',
      attachmentChecks(settings),
    ),
    file(
      'apps',
      `and ${isLayer.apps} (dig "podAnnotations" "${NETWORKS_ANNOTATION}" "" ${app})`,
      'checks',
      appChecks({ ...settings, namespace: appNamespace }),
    ),
  ]) as Record<string, string>;
}
