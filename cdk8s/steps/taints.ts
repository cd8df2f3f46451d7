/** The taint of control planes: which of them lose it since they take pods too, and what `kubectl` shows of it. */
import type { Network, Node } from '../plan/network/index.ts';
import { distributions } from '../platforms/distributions/index.ts';
import { CONTROL_PLANE } from '../platforms/kubernetes.ts';
import { code, namesOr } from './markdown.ts';
import { word } from './shell.ts';

export function taintBullets({ nodes, kubernetes }: Network): string[] {
  const { untaint, title } = distributions[kubernetes.distribution];
  const free = nodes.filter(({ untainted }) => untainted);
  if (untaint === undefined || free.length === 0) return [];
  const others = nodes.length > free.length ? ' and no other node' : '';
  const names = free.map(({ name }) => word(name)).join(' ');
  return [
    `${named(free)}${others} ${free.length === 1 && others === '' ? 'has' : 'have'} ${code(untaint)}: a control plane that takes pods too, where ${title} would keep them off. On a cluster that runs already: ${code(`kubectl taint nodes ${names} ${CONTROL_PLANE}:NoSchedule-`)}.`,
  ];
}

export function taintChecks({ nodes }: Network): string[] {
  const kept = nodes.filter(({ taints }) => taints.length > 0);
  const where = kept.length === 0 ? 'on no node' : `on ${named(kept)} and no other node`;
  return [
    `\`kubectl get nodes --output 'custom-columns=NODE:.metadata.name,TAINTS:.spec.taints[*].key'\` shows ${code(CONTROL_PLANE)} ${where}; ${code('node.kubernetes.io/not-ready')} goes with the network.`,
  ];
}

function named(nodes: readonly Node[]): string {
  return namesOr(
    `${nodes.length} control planes`,
    nodes.map(({ name }) => name),
  );
}
