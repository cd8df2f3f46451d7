/**
 * Installs upstream's plugins on each node, then keeps the node's conflist (docs/node-contract.md, `bridge`). It runs on the
 * node's own network, before any pod can.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { partOf } from '../labels.ts';
import { hostFolder, nodeContainer, nodeDaemonSet } from '../node-plane.ts';
import { ownDaemonSet } from '../own-daemon-set.ts';

export const BRIDGE = 'flatlan-bridge';
const folders = { conf: '/host/cni/conf', bin: '/host/cni/bin', settings: '/etc/flatlan' } as const;
/** Those that the conflist names. */
export const PLUGINS = ['bridge', 'host-local', 'portmap'];
/** The port of `listen`; the kubelet asks on the node itself. */
const probe = (path: string) => ({ httpGet: { host: '127.0.0.1', port: 9481, path } });

export interface BridgeDaemonSetProps {
  readonly namespace: string;
  /** bridge.json; it is read again when it changes, so nothing has to roll. */
  readonly settings: string;
  readonly listen: string;
  readonly hostConfDir: string;
  readonly hostBinDir: string;
  readonly image: string;
  readonly resources: object;
  readonly tolerations: readonly object[];
}

export class BridgeDaemonSet extends Construct {
  constructor(scope: Construct, id: string, props: BridgeDaemonSetProps) {
    super(scope, id);
    const metadata = { name: BRIDGE, namespace: props.namespace, labels: partOf };
    new ApiObject(this, 'settings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'bridge.json': props.settings },
    });
    new ApiObject(this, 'daemon-set', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSet(props) });
  }
}

function daemonSet({ image, resources, tolerations, listen, hostConfDir, hostBinDir }: BridgeDaemonSetProps) {
  const own = ownDaemonSet(BRIDGE);
  return nodeDaemonSet(BRIDGE, {
    account: BRIDGE,
    tolerations,
    initContainers: [
      nodeContainer({
        name: 'install',
        image,
        args: ['install', '--to', folders.bin, '--only', PLUGINS.join(',')],
        resources,
        volumeMounts: [{ name: 'bin', mountPath: folders.bin }],
      }),
    ],
    container: nodeContainer({
      name: 'bridge',
      image,
      args: ['bridge', '--listen', listen, ...own.args],
      env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }, ...own.env],
      resources,
      livenessProbe: { ...probe('/healthz'), periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
      readinessProbe: { ...probe('/readyz'), periodSeconds: 5, timeoutSeconds: 3 },
      volumeMounts: [
        { name: 'conf', mountPath: folders.conf },
        { name: 'settings', mountPath: folders.settings, readOnly: true },
      ],
    }),
    volumes: [
      hostFolder('conf', hostConfDir),
      hostFolder('bin', hostBinDir),
      { name: 'settings', configMap: { name: BRIDGE } },
    ],
  });
}
