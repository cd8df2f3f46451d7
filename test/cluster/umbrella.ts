/**
 * flatlan's chart on a control plane, by one Helm, with what a person types. Upstream's charts are stand-ins
 * (test/helm/stand-ins.ts).
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { clusterValues, type ClusterValues } from '../../cdk8s/helm/cluster-values.ts';
import type { NetworkValues } from '../../cdk8s/values/network.ts';
import { chartWithStandIns } from '../helm/stand-ins.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import type { RunResult } from './process.ts';

export type HelmVersion = 3 | 4;

export interface Umbrella {
  readonly cluster: ControlPlane;
  readonly chart: string;
  /** `-f layers/<layer>.yaml`. */
  layerFile(layer: Layer): string[];
  /** `-f <file>`, a new file that holds the values of a cluster, or of its network alone. */
  valuesText(values: NetworkValues | ClusterValues): string[];
  /** Both. */
  flags(layer: Layer, values: NetworkValues | ClusterValues): string[];
  /** `helm install` and `helm upgrade` of the umbrella as the layer's release. */
  install(layer: Layer, ...flags: string[]): Promise<RunResult>;
  upgrade(layer: Layer, ...flags: string[]): Promise<RunResult>;
  /** Any other command on the layer's release: `uninstall`, `rollback`, `get hooks`. */
  onRelease(command: string, layer: Layer, ...flags: string[]): Promise<RunResult>;
  /** Operators and network as README.md installs them; the kinds must be there. */
  installBoth(values: NetworkValues | ClusterValues): Promise<void>;
}

/** A cluster with the namespace that README.md asks for, and nothing else. */
export async function startUmbrella(version: HelmVersion): Promise<Umbrella> {
  const cluster = await startControlPlane();
  try {
    ok(await cluster.kubectl(['create', 'namespace', NAMESPACE]));
    ok(await cluster.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=privileged']));
    return umbrella(cluster, version);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function umbrella(cluster: ControlPlane, version: HelmVersion): Umbrella {
  const chart = chartWithStandIns(cluster.folder);
  const inNamespace = ['--namespace', NAMESPACE];

  const self: Umbrella = {
    cluster,
    chart,
    layerFile: (layer) => ['-f', join(chart, 'layers', `${layer.name}.yaml`)],
    valuesText: (values) => {
      const file = join(mkdtempSync(join(cluster.folder, 'values-')), 'values.yaml');
      writeFileSync(file, stringify('network' in values ? values : { network: values }));
      return ['-f', file];
    },
    flags: (layer, values) => [...self.layerFile(layer), ...self.valuesText(values)],
    // The namespace comes first, so that flags can name another one.
    install: async (layer, ...flags) =>
      await cluster.helm(version, ['install', layer.release, chart, ...inNamespace, ...flags]),
    upgrade: async (layer, ...flags) =>
      await cluster.helm(version, ['upgrade', layer.release, chart, ...inNamespace, ...flags]),
    onRelease: async (command, layer, ...flags) =>
      await cluster.helm(version, [...command.split(' '), layer.release, ...inNamespace, ...flags]),
    installBoth: async (values) => {
      for (const layer of [operators, network]) ok(await self.install(layer, ...self.flags(layer, values)));
    },
  };
  return self;
}

/** The result of a command that must succeed. */
export function ok(result: RunResult): RunResult {
  if (result.code !== 0) throw new Error(`ended with ${result.code}\n${result.stderr}${result.stdout}`);
  return result;
}

/** What a guard of the chart said: its sentence, without Helm's words around it. Fails when Helm said anything else. */
export function refusal({ code, stdout, stderr }: RunResult): string {
  const said =
    /^Error: (?:INSTALLATION FAILED: |UPGRADE FAILED: )?execution error at \(flatlan\/templates\/guards\.yaml:\d+:\d+\): (.*)\n$/.exec(
      withoutNoise(stderr),
    );
  if (code === 0 || said?.[1] === undefined) throw new Error(`not refused by a guard (${code})\n${stderr}${stdout}`);
  return said[1];
}

/** Helm 3 ends every failed `template` with this hint; `fail` has nothing to show there. */
function withoutNoise(stderr: string): string {
  return stderr.replace(/\n\nUse --debug flag to render out invalid YAML\n/, '\n');
}

export function planValues(name: string): NetworkValues {
  return networkValues(planNetwork(name));
}

export function planClusterValues(name: string): ClusterValues {
  return clusterValues(planNetwork(name));
}
