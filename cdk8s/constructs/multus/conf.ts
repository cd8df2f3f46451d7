/**
 * 0-multus.conf (docs/node-contract.md). It names the cluster's network instead of holding it, so that changes
 * of its configuration are followed at each ADD (docs/facts.md#the-cluster-network-by-name), and sorts before its file.
 */
import type { Network } from '../../plan/network/index.ts';
import type { MultusConf } from '../../values/multus.ts';

/** Without `multusNamespace`: that is the release's own. */
export function multusConf({ kubernetes, clusterNetwork }: Network): MultusConf {
  const { confDir, binDir } = kubernetes.cni;
  return {
    cniVersion: '1.0.0',
    name: 'multus-cni-network',
    type: 'multus',
    capabilities: { portMappings: true, bandwidth: true },
    kubeconfig: `${confDir}/multus.d/multus.kubeconfig`,
    confDir,
    binDir,
    clusterNetwork: clusterNetwork.name,
    readinessindicatorfile: clusterNetwork.readinessFile,
    logLevel: 'error',
    logToStderr: true,
  };
}
