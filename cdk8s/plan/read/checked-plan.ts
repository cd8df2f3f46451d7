/**
 * The input of rules: the plan as far as it could be read. A value that could not be read is absent and already has a
 * finding, so every rule handles absent values and all findings come in one run.
 */
import { type Address, Cidr, cidrsOf, type Mac, Range } from '../../address/index.ts';
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
  /** Undefined: the only pool, without a name. */
  readonly name: string | undefined;
  /** The router that announces it; undefined: all routers with nodes, or a router that the plan does not name. */
  readonly router: string | undefined;
  /** As the plan has it under `router`. */
  readonly ownRouter: string | undefined;
  /** Has a subnet and a range, of which the subnet counts. */
  readonly twice: boolean;
  /** As written. */
  readonly addresses: Cidr | Range | undefined;
  /** The same as subnets; empty if they could not be read. */
  readonly subnets: readonly Cidr[];
  readonly avoidBuggyIPs: boolean;
  /** Undefined: as its clients are. */
  readonly autoAssign: boolean | undefined;
  readonly path: readonly string[];
  /** The key with the addresses. */
  readonly at: readonly string[];
}

export interface CheckedPlan {
  readonly plan: ReadablePlan;
  /**
   * The names in the text, also of entries that could not be read; undefined if a whole section could not be read, so
   * that its names are unknown.
   */
  readonly names: Readonly<Record<Section, ReadonlySet<string> | undefined>>;
  /** Load balancer pools in one form, whether the plan has one pool or pools by name. */
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
  const routers = names('routers');
  return {
    plan,
    names: {
      networks: names('networks'),
      routers,
      links: names('links'),
      nodes: names('nodes'),
      attachments: names('attachments'),
    },
    pools: poolsOf(plan, routers),
    ...text,
  };
}

type OnePool = Readable<{
  subnet: Cidr | Range;
  range: Range;
  router: string;
  autoAssign: boolean;
  avoidBuggyIPs: boolean;
}>;

/** `routers`: the names of all routers; undefined if they could not be read. */
export function poolsOf(plan: ReadablePlan, routers: ReadonlySet<string> | undefined): LoadBalancerPool[] {
  const written = plan.loadBalancers;
  if (written === undefined) return [];
  if (isOnePool(written)) return [pool(written, undefined, routers)];
  return entries(written).map(([name, one]) => pool(one, name, routers));
}

/** A key of a pool has no map as its value, and a pool by name has nothing else. */
function isOnePool(written: OnePool | Readonly<Record<string, OnePool | undefined>>): written is OnePool {
  return Object.values(written).some(
    (value) => typeof value !== 'object' || value instanceof Cidr || value instanceof Range,
  );
}

function pool(one: OnePool, name: string | undefined, routers: ReadonlySet<string> | undefined): LoadBalancerPool {
  const path = name === undefined ? ['loadBalancers'] : ['loadBalancers', name];
  const addresses = one.subnet ?? one.range;
  const ofItsName = name !== undefined && routers?.has(name) !== false ? name : undefined;
  return {
    name,
    router: one.router ?? ofItsName,
    ownRouter: one.router,
    twice: one.subnet !== undefined && one.range !== undefined,
    addresses,
    subnets: addresses ? cidrsOf(addresses) : [],
    avoidBuggyIPs: one.avoidBuggyIPs ?? true,
    autoAssign: one.autoAssign,
    path,
    at: [...path, one.subnet || !one.range ? 'subnet' : 'range'],
  };
}
