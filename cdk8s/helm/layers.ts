/**
 * The layers of the umbrella: one chart, installed as releases of their own (docs/architecture.md, "One chart, layers").
 */
import { DO_NOT_EDIT } from '../banner.ts';

export { NAMESPACE } from '../values/umbrella.ts';

export type LayerName = 'operators' | 'network' | 'apps';

export interface Layer<Name extends LayerName = LayerName> {
  readonly name: Name;
  /** The release name for Helm users and for Flux; with the same name one can take over the release of the other. */
  readonly release: string;
  readonly purpose: string;
  readonly values: string;
}

export const operators: Layer<'operators'> = {
  name: 'operators',
  release: 'flatlan-operators',
  purpose: "the Tigera operator, the MetalLB controller, the CRD of attachments and the plan's namespaces",
  values: 'tigera-operator:\n  enabled: true\nmetallb:\n  enabled: true\n',
};

export const network: Layer<'network'> = {
  name: 'network',
  release: 'flatlan-network',
  purpose: "the plan's network: Installation, BGP, load balancer pools, attachments to the LAN",
  values: 'network:\n  enabled: true\nmultus:\n  enabled: true\nattachments:\n  enabled: true\n',
};

export const apps: Layer<'apps'> = {
  name: 'apps',
  release: 'flatlan-apps',
  purpose: "the plan's applications: Home Assistant",
  values: 'home-assistant:\n  enabled: true\n',
};

/** In the order of their installation. */
export const layers: readonly Layer[] = [operators, network, apps];

export function layerFile(layer: Layer): string {
  return `# ${DO_NOT_EDIT} Chooses the layer ${layer.name}: ${layer.purpose}.\n${layer.values}`;
}
