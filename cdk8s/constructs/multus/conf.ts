/**
 * 0-multus.conf (docs/node-contract.md). It names the cluster's network instead of holding it, so that Calico's own changes
 * are followed at each ADD (docs/facts.md#the-cluster-network-by-name), and sorts before every file of Calico's.
 */
import { CALICO_CONFLIST, CLUSTER_NETWORK } from '../../platforms/calico.ts';
import type { Network } from '../../plan/network/index.ts';
import type { MultusConf } from '../../values/multus.ts';

/** Without `multusNamespace`: that is the release's own. */
export function multusConf({ kubernetes }: Network): MultusConf {
  const { confDir, binDir } = kubernetes.cni;
  return {
    cniVersion: '1.0.0',
    name: 'multus-cni-network',
    type: 'multus',
    capabilities: { portMappings: true, bandwidth: true },
    kubeconfig: `${confDir}/multus.d/multus.kubeconfig`,
    confDir,
    binDir,
    clusterNetwork: CLUSTER_NETWORK,
    readinessindicatorfile: `${confDir}/${CALICO_CONFLIST}`,
    logLevel: 'error',
    logToStderr: true,
  };
}
