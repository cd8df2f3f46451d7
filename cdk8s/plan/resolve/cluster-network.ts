/** The CNI network of every pod's first interface, and where a node has its files. */
import { BRIDGE_CONFLIST, BRIDGE_NETWORK } from '../../platforms/bridge-network.ts';
import { CALICO_CONFLIST, CLUSTER_NETWORK } from '../../platforms/calico.ts';
import { cnis, type Cni, type CniTraits } from '../../platforms/cnis/index.ts';
import { distributions, type CniFolders } from '../../platforms/distributions/index.ts';
import type { Mode } from '../modes.ts';
import type { ClusterNetwork } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

export function clusterNetwork({ pods: { mode, cni } }: Plan, { confDir }: CniFolders): ClusterNetwork {
  const { name, conf } = ofMode(mode, cni);
  return { name, readinessFile: `${confDir}/${conf}` };
}

function ofMode(mode: Mode, cni: Plan['pods']['cni']): { name: string; conf: string } {
  if (mode === 'bridged') return { name: BRIDGE_NETWORK, conf: BRIDGE_CONFLIST };
  return mode === 'existing' ? existing(cni) : { name: CLUSTER_NETWORK, conf: CALICO_CONFLIST };
}

function existing(cni: Plan['pods']['cni']): { name: string; conf: string } {
  if (cni === undefined) throw new Error('pods of mode existing have no cni');
  if (typeof cni !== 'string') return cni;
  const { network: name, conf } = cnis[cni];
  return { name, conf };
}

/** The network's own where it keeps its files elsewhere than its distribution. */
export function cniFolders({ kubernetes, pods: { cni } }: Plan): CniFolders {
  const own = typeof cni === 'string' ? traitsOf(cni).folders : undefined;
  return own ?? distributions[kubernetes.distribution].cni;
}

function traitsOf(cni: Cni): CniTraits {
  return cnis[cni];
}
