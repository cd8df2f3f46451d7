import { HOSTNAME } from '../platforms/kubernetes.ts';

/** The affinity that keeps pods to nodes which are in every one of these lists; none without lists. */
export function onNodes(lists: readonly (readonly string[])[]): { affinity: Record<string, unknown> } | undefined {
  if (lists.length === 0) return undefined;
  const matchExpressions = lists.map((values) => ({ key: HOSTNAME, operator: 'In', values }));
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  };
}
