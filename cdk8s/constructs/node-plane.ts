/**
 * What the pods of the node plane have in common. They run as root, because the folders of the node belong to root, with no
 * capability that they don't need, on the node's own network, so that no pod waits for the network that it is there to make.
 */
import type { Container, PodSpec, Volume } from 'cdk8s-plus-28/lib/imports/k8s.js';
import type { Plain } from '../plain.ts';
import { partOf } from './labels.ts';

export interface NodeContainer extends Omit<Plain<Container>, 'securityContext' | 'resources'> {
  /** In a template this is one expression. */
  readonly resources: object;
  /** What it gets of the capabilities of root. */
  readonly capabilities?: readonly string[];
}

export function nodeContainer({ capabilities = [], resources, ...rest }: NodeContainer): Plain<Container> {
  return {
    ...rest,
    resources,
    // So that the last words of a container that cannot start stand in its pod's status.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], ...(capabilities.length > 0 ? { add: capabilities } : {}) },
    },
  };
}

export interface NodePod {
  readonly account: string;
  readonly tolerations: readonly object[];
  readonly affinity?: object;
  readonly initContainers: readonly Plain<Container>[];
  readonly container: Plain<Container>;
  readonly volumes: readonly Plain<Volume>[];
}

function nodePod({ account, container, ...rest }: NodePod): Plain<PodSpec> {
  return {
    ...rest,
    containers: [container],
    serviceAccountName: account,
    hostNetwork: true,
    // Nothing here asks for names of the cluster.
    dnsPolicy: 'Default',
    priorityClassName: 'system-node-critical',
    // Every daemon ends within 5 s (docs/node-contract.md).
    terminationGracePeriodSeconds: 10,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } },
  };
}

/** The spec of a DaemonSet; `annotations` of its pods make it roll when they change. */
export function nodeDaemonSet(name: string, pod: NodePod, annotations: Readonly<Record<string, string>> = {}) {
  const labels = { 'app.kubernetes.io/name': name };
  return {
    selector: { matchLabels: labels },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    template: { metadata: { labels: { ...labels, ...partOf }, annotations }, spec: nodePod(pod) },
  };
}

/** A folder of the node; made where it is not there yet. */
export function hostFolder(name: string, path: string) {
  return { name, hostPath: { path, type: 'DirectoryOrCreate' } };
}
