/**
 * Multus on every node: upstream's installer and plugin, unchanged; ours are the gate that installs the configuration once
 * Calico's is there, and the refresher of the credentials that the plugin reads from the node's disk.
 *
 *   install (upstream) ──> gate ──> credentials
 *   /opt/cni/bin/multus    0-multus.conf, kubeconfig
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { partOf } from '../labels.ts';
import { hostFolder, nodeContainer, nodeDaemonSet } from '../node-plane.ts';
import { ownDaemonSet } from '../own-daemon-set.ts';

export const MULTUS = 'flatlan-multus';
const CONF = '0-multus.conf';

export interface MultusDaemonSetProps {
  readonly namespace: string;
  /** 0-multus.conf, and its digest: the pods roll when it changes. */
  readonly conf: string;
  readonly digest: string;
  readonly confDir: string;
  /** The name of the network that must be there first. */
  readonly clusterNetwork: string;
  readonly binDir: string;
  readonly image: string;
  readonly nodeImage: string;
  readonly resources: object;
  readonly tolerations: readonly object[];
}

const folders = { conf: '/host/cni/conf', bin: '/host/cni/bin', settings: '/etc/flatlan' } as const;

export class MultusDaemonSet extends Construct {
  constructor(scope: Construct, id: string, props: MultusDaemonSetProps) {
    super(scope, id);
    const metadata = { name: MULTUS, namespace: props.namespace, labels: partOf };
    new ApiObject(this, 'conf', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [CONF]: props.conf } });
    new ApiObject(this, 'daemon-set', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSet(props) });
  }
}

function daemonSet(props: MultusDaemonSetProps) {
  const { nodeImage, resources } = props;
  const own = ownDaemonSet(MULTUS);
  const confMount = { name: 'conf', mountPath: folders.conf };
  return nodeDaemonSet(
    MULTUS,
    {
      account: MULTUS,
      tolerations: props.tolerations,
      initContainers: [
        nodeContainer({
          name: 'install',
          image: props.image,
          command: ['/install_multus'],
          args: ['--type', 'thin', '--dest-dir', folders.bin],
          resources,
          volumeMounts: [{ name: 'bin', mountPath: folders.bin }],
        }),
        nodeContainer({
          name: 'gate',
          image: nodeImage,
          args: ['multus', 'gate', '--host-conf-dir', props.confDir, '--network', props.clusterNetwork],
          resources,
          volumeMounts: [confMount, { name: 'settings', mountPath: folders.settings, readOnly: true }],
        }),
      ],
      container: nodeContainer({
        name: 'credentials',
        image: nodeImage,
        args: ['multus', 'credentials', ...own.args],
        env: own.env,
        resources,
        volumeMounts: [confMount],
      }),
      volumes: [
        hostFolder('conf', props.confDir),
        hostFolder('bin', props.binDir),
        { name: 'settings', configMap: { name: MULTUS } },
      ],
    },
    { [`checksum/${CONF}`]: props.digest },
  );
}
