/**
 * The input of rules: the plan as far as it could be read. A value that could not be read is absent and already has a
 * finding, so every rule handles absent values and all findings come in one run.
 */
import { type Address, type Cidr, type Mac, type Range } from '../../address/index.ts';
import type { Path } from '../finding.ts';
import { once } from '../once.ts';
import type { Plan } from '../schema/index.ts';

type Leaf = string | number | boolean | Address | Cidr | Range | Mac;

/** The type with everything optional, at every level. */
export type Readable<T> = T extends Leaf
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Readable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: Readable<T[Key]> | undefined }
      : T;

type Section = 'networks' | 'routers' | 'links' | 'nodes' | 'attachments';

type KeysOf<T> = T extends unknown ? keyof T : never;
type Value<T, Key extends PropertyKey> = T extends unknown ? (Key extends keyof T ? T[Key] : never) : never;

/** The plan with absent values. */
export type ReadablePlan = { readonly [Key in KeysOf<Plan>]?: Readable<Value<Plan, Key>> | undefined };
export type ReadableNode = NonNullable<NonNullable<ReadablePlan['nodes']>[string]>;

export interface LoadBalancerPool {
  /** The router that announces it, if there is one pool per router. */
  readonly router: string | undefined;
  readonly subnet: Cidr | undefined;
  readonly avoidBuggyIPs: boolean;
  readonly path: readonly string[];
}

export interface CheckedPlan {
  readonly plan: ReadablePlan;
  /**
   * The names in the text, also of entries that could not be read; undefined if a whole section could not be read, so
   * that its names are unknown.
   */
  readonly names: Readonly<Record<Section, ReadonlySet<string> | undefined>>;
  /** Load balancer pools in one form, whether the plan has one pool or one per router. */
  readonly pools: readonly LoadBalancerPool[];
  /** Whether something at or below this path could not be read: a value that is missing there may be in that text. */
  readonly incomplete: (path: Path) => boolean;
  /** Whether two values are one in the text, in a node pattern. */
  readonly sameText: (one: Path, other: Path) => boolean;
}

type Entries<T> = readonly (readonly [string, T])[];

const present = once((map: object) => Object.entries(map).filter(([, value]) => value !== undefined));

/** The entries of a map whose values could be read. */
export function entries<T>(map: Readonly<Record<string, T | undefined>> | undefined): Entries<T> {
  return map === undefined ? [] : (present(map) as Entries<T>);
}

/** What is known about the text besides the plan; `names`: the names of a section as they are in it. */
interface TextOfPlan extends Pick<CheckedPlan, 'incomplete' | 'sameText'> {
  readonly names: (section: Section) => ReadonlySet<string> | undefined;
}

export function checkedPlan(plan: ReadablePlan, { names, ...text }: TextOfPlan): CheckedPlan {
  return {
    plan,
    names: {
      networks: names('networks'),
      routers: names('routers'),
      links: names('links'),
      nodes: names('nodes'),
      attachments: names('attachments'),
    },
    pools: poolsOf(plan),
    ...text,
  };
}

type OnePool = Readable<{ subnet: Cidr; avoidBuggyIPs: boolean }>;

/** A single pool has a key `subnet`; pools per router have the routers' names as keys. */
export function poolsOf(plan: ReadablePlan): LoadBalancerPool[] {
  const written = plan.loadBalancers as OnePool | Record<string, OnePool | undefined> | undefined;
  if (written === undefined) return [];
  if ('subnet' in written || 'avoidBuggyIPs' in written) return [pool(written, undefined, ['loadBalancers'])];
  return entries(written as Record<string, OnePool | undefined>).map(([router, one]) =>
    pool(one, router, ['loadBalancers', router]),
  );
}

function pool(one: OnePool, router: string | undefined, path: readonly string[]): LoadBalancerPool {
  return { router, subnet: one.subnet, avoidBuggyIPs: one.avoidBuggyIPs ?? true, path };
}
