/**
 * What a pod of a DaemonSet needs that takes its files off the node when the DaemonSet is gone for good, and not when the pod
 * alone ends (cni/internal/daemonset): which one it is, and the right to look for it.
 */
import type { PolicyRule } from 'cdk8s-plus-28/lib/imports/k8s.js';

/** Arguments and environment of its container. */
export function ownDaemonSet(name: string) {
  return {
    // The kubelet puts the namespace in its place (kubernetes.io, "Define Environment Variables for a Container").
    args: ['--daemonset', `$(NAMESPACE)/${name}`],
    env: [{ name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
  };
}

/** By namespace, for its account (account.ts). */
export function mayGetDaemonSet(namespace: string, name: string): ReadonlyMap<string, readonly PolicyRule[]> {
  return new Map([
    [namespace, [{ apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: [name], verbs: ['get'] }]],
  ]);
}
