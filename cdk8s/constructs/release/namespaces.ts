/**
 * The namespaces that the plan's objects go to. They stay when the release goes: with a namespace goes all that is in it.
 * One that is there already, made by somebody else, is used as it stands (operators-layer.ts).
 */
import { KubeNamespace } from 'cdk8s-plus-28/lib/imports/k8s.js';
import { Construct } from 'constructs';
import type { Network } from '../../plan/network/index.ts';
import { NAMESPACE } from '../../values/umbrella.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

/** Kubernetes makes these itself. */
const made = /^(default|kube-.+)$/;

/** People make the release's own before the first install. */
export function neededNamespaces({ attachments, apps }: Network): string[] {
  const names = [
    ...attachments.map(({ namespace }) => namespace),
    ...(apps.homeAssistant ? [apps.homeAssistant.namespace] : []),
  ];
  return [...new Set(names)].filter((name) => name !== NAMESPACE && !made.test(name)).sort();
}

export class KeptNamespace extends Construct {
  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    new KubeNamespace(this, 'namespace', {
      metadata: { name, labels: partOf, annotations: { [RESOURCE_POLICY]: 'keep' } },
    });
  }
}
