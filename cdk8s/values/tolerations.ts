/**
 * Tolerations that users may set for the two programs that every pod depends on: calico-node, and Typha, which calico-node
 * depends on. A list replaces the operator's own "tolerate everything" (docs/facts.md#typhas-tolerations; calico-node's:
 * tigera/operator v1.42.3, pkg/render/common/components), and must tolerate as much: a node without a network has taints
 * from the API server (not-ready) and from calico-node when it stops (network-unavailable).
 */
import * as z from 'zod';

/** Their paths in the Installation's spec. */
export const toleratingAll = [
  // Here an empty list counts as absent (typha.go checks its length); in the other two it tolerates nothing.
  { path: ['controlPlaneTolerations'], mayBeEmpty: true },
  { path: ['typhaDeployment', 'spec', 'template', 'spec', 'tolerations'], mayBeEmpty: false },
  { path: ['calicoNodeDaemonSet', 'spec', 'template', 'spec', 'tolerations'], mayBeEmpty: false },
] as const;

/** The taint effects that keep a pod off a node, or evict it. */
export const keepingOff = ['NoSchedule', 'NoExecute'] as const;

/** Reason and remedy, printed after the name of the list. */
export const whyTolerateAll =
  'keeps Typha or calico-node off a node that calico-node tainted (node.kubernetes.io/network-unavailable:NoSchedule), ' +
  'and without Typha calico-node never starts: run flatlan synth again, which writes none, ' +
  'or tolerate everything (Exists without a key, for NoSchedule and NoExecute)';

const toleration = z
  .strictObject({
    key: z.string().optional(),
    operator: z.enum(['Exists', 'Equal']).optional(),
    value: z.string().optional(),
    effect: z.enum(['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    tolerationSeconds: z.int().optional(),
  })
  .meta({ id: 'toleration', description: 'As in a pod spec.' });
type Toleration = z.output<typeof toleration>;

function toleratesAll(list: readonly Toleration[]): boolean {
  return keepingOff.every((kept) =>
    list.some(
      ({ key = '', operator, effect = '', tolerationSeconds }) =>
        key === '' && operator === 'Exists' && (effect === '' || effect === kept) && tolerationSeconds === undefined,
    ),
  );
}

const description =
  'Leave it out: the operator then tolerates everything. A list of keys would keep Typha off a node without a network.';

export const tolerationsOfAll = z
  .array(toleration)
  .refine(toleratesAll, whyTolerateAll)
  .meta({ id: 'everyNode', description });
export const noneOrTolerationsOfAll = z
  .array(toleration)
  .refine((list) => list.length === 0 || toleratesAll(list), whyTolerateAll)
  .meta({ id: 'everyNodeOrNone', description });

/**
 * The same check in JSON Schema. JSON Schema has no keyword for a message, so a refused list is compared with a constant
 * that contains the message: Helm then prints `value must be '...'`, where `contains` alone would say "no items match".
 */
export function toleratesAllSchema(schema: unknown): object | undefined {
  if (schema !== tolerationsOfAll && schema !== noneOrTolerationsOfAll) return undefined;
  const contained = keepingOff.map((effect) => ({ contains: exists(effect) }));
  const good = { allOf: contained };
  return {
    if: schema === noneOrTolerationsOfAll ? { anyOf: [{ maxItems: 0 }, good] } : good,
    else: { const: `another list: it ${whyTolerateAll}` },
  };
}

function exists(effect: string): object {
  return {
    required: ['operator'],
    properties: { operator: { const: 'Exists' }, key: { const: '' }, effect: { enum: ['', effect] } },
    not: { required: ['tolerationSeconds'] },
  };
}
