/**
 * The layers of the umbrella: one chart, installed as releases of their own (docs/architecture.md, "One chart, layers").
 */
import { BANNER } from '../writer/index.ts';

export interface Layer {
  readonly name: 'operators' | 'network';
  /** The release that Helm users and Flux install it as; the same names make moving between them an adoption. */
  readonly release: string;
  readonly purpose: string;
  readonly values: string;
}

/** The namespace of every release. Not calico-system: the operator takes that one over (facts/helm-live.md). */
export const NAMESPACE = 'flatlan-system';

export const operators: Layer = {
  name: 'operators',
  release: 'flatlan-operators',
  purpose: 'the Tigera operator and the MetalLB controller',
  values: 'tigera-operator:\n  enabled: true\nmetallb:\n  enabled: true\n',
};

export const network: Layer = {
  name: 'network',
  release: 'flatlan-network',
  purpose: "the plan's network: Installation, BGP, load balancer pools",
  values: 'network:\n  enabled: true\n',
};

export const layers: readonly Layer[] = [operators, network];

export function layerFile(layer: Layer): string {
  return `# ${BANNER}: do not edit. Chooses the layer ${layer.name}: ${layer.purpose}.\n${layer.values}`;
}
