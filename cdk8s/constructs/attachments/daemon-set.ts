/**
 * The node's half of every attachment: installs the plugins, then serves DHCP for pods and repairs their routes
 * (docs/node-contract.md, `agent`).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { partOf } from '../labels.ts';
import { hostFolder, nodeContainer, nodeDaemonSet } from '../node-plane.ts';

export const ATTACHMENTS = 'flatlan-attachments';
const BIN = '/host/cni/bin';
const SETTINGS = '/etc/flatlan';
/** The port of `listen`; the kubelet asks on the node itself. */
const probe = (path: string) => ({ httpGet: { host: '127.0.0.1', port: 9479, path } });

export interface AttachmentsDaemonSetProps {
  readonly namespace: string;
  /** agent.json; the agent reads it again when it changes, so nothing has to roll. */
  readonly agent: string;
  readonly listen: string;
  readonly hostBinDir: string;
  readonly hostNetnsDir: string;
  readonly image: string;
  readonly resources: object;
  readonly tolerations: readonly object[];
  readonly affinity: object;
}

export class AttachmentsDaemonSet extends Construct {
  constructor(scope: Construct, id: string, props: AttachmentsDaemonSetProps) {
    super(scope, id);
    const metadata = { name: ATTACHMENTS, namespace: props.namespace, labels: partOf };
    new ApiObject(this, 'agent', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'agent.json': props.agent },
    });
    new ApiObject(this, 'daemon-set', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSet(props) });
  }
}

function daemonSet({
  image,
  resources,
  tolerations,
  affinity,
  listen,
  hostBinDir,
  hostNetnsDir,
}: AttachmentsDaemonSetProps) {
  return nodeDaemonSet(ATTACHMENTS, {
    account: ATTACHMENTS,
    tolerations,
    affinity,
    initContainers: [
      nodeContainer({
        name: 'install',
        image,
        args: ['install', '--to', BIN],
        resources,
        volumeMounts: [{ name: 'bin', mountPath: BIN }],
      }),
    ],
    container: nodeContainer({
      name: 'agent',
      image,
      args: ['agent', '--listen', listen],
      env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      resources,
      // Enters pods' network namespaces, sets their addresses and routes, sends DHCP before there is an address.
      capabilities: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'],
      startupProbe: { ...probe('/healthz'), periodSeconds: 1, failureThreshold: 60 },
      livenessProbe: { ...probe('/healthz'), periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
      readinessProbe: { ...probe('/readyz'), periodSeconds: 5, timeoutSeconds: 3 },
      volumeMounts: [
        { name: 'settings', mountPath: SETTINGS, readOnly: true },
        { name: 'run', mountPath: '/run/flatlan' },
        { name: 'state', mountPath: '/var/lib/flatlan' },
        // Namespaces that the runtime mounts later must show up too. /var/run is a link to /run in the image, so a path that a
        // plugin was given holds here, whichever of the two it begins with.
        { name: 'netns', mountPath: '/run/netns', mountPropagation: 'HostToContainer' },
      ],
    }),
    volumes: [
      hostFolder('bin', hostBinDir),
      hostFolder('run', '/run/flatlan'),
      hostFolder('state', '/var/lib/flatlan'),
      hostFolder('netns', hostNetnsDir),
      { name: 'settings', configMap: { name: ATTACHMENTS } },
    ],
  });
}
