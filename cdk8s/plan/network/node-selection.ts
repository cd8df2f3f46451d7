/**
 * Which nodes a session is for, and the selector that says it to Calico. Which of the kinds a session takes is chosen by
 * plan/resolve/node-selection.ts.
 */
import { HOSTNAME } from '../../platforms/kubernetes.ts';

/** Every node; those of these names or with names that begin so; or those with the label of their network. */
export type NodeSelection =
  | { readonly by: 'all' }
  | { readonly by: 'names'; readonly names: readonly string[]; readonly beginnings: readonly NameBeginning[] }
  | { readonly by: 'label'; readonly value: string };

export interface NameBeginning {
  readonly text: string;
  /** Names that begin so and are not meant. */
  readonly except: readonly string[];
}

/**
 * The label by whose value a node's network is known, where a selection goes by it. Without a prefix: a label of the
 * cluster's owner (kubernetes.io, "Labels and Selectors").
 */
export const NETWORK_LABEL = 'flatlan-network';

/** In the language of Calico's selectors, as `nodeSelector` of a BGPPeer takes it. */
export function selectorText(nodes: NodeSelection): string {
  if (nodes.by === 'all') return 'all()';
  if (nodes.by === 'label') return `${NETWORK_LABEL} == '${nodes.value}'`;
  const list = (names: readonly string[]): string => `{${names.map((name) => `'${name}'`).join(', ')}}`;
  return [
    ...(nodes.names.length === 0 ? [] : [`${HOSTNAME} in ${list(nodes.names)}`]),
    ...nodes.beginnings.map(({ text, except }) => {
      const begins = `${HOSTNAME} starts with '${text}'`;
      return except.length === 0 ? begins : `${begins} && ${HOSTNAME} not in ${list(except)}`;
    }),
  ].join(' || ');
}
