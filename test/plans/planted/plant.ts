/** How a mistake is put into a plan that is right: at its first node, network or router that has a place for it. */
import { parse, stringify } from 'yaml';

export type Data = Record<string, unknown>;

/** The plan is the mistake's own copy; false: this plan has no place for it. */
type Plant = (plan: Data) => boolean;

export interface Mistake {
  readonly name: string;
  /** The rule that finds it; of several, which one depends on the plan. */
  readonly codes: readonly string[];
  readonly plant: Plant;
  /** Plain arithmetic on the text sees it too. */
  readonly arithmetic?: true;
  /** It is a warning, and packets get lost. */
  readonly packets?: true;
}

export const map = (value: unknown): Data => (value ?? {}) as Data;
export const maps = (value: unknown): [string, Data][] => Object.entries((value ?? {}) as Record<string, Data>);

/** Sets a key of a map, which may not be there. */
export function put(plan: Data, [key = '', ...rest]: readonly string[], value: unknown): boolean {
  if (rest.length === 0) {
    if (value === undefined) Reflect.deleteProperty(plan, key);
    else plan[key] = value;
  } else put((plan[key] ??= {}) as Data, rest, value);
  return true;
}

interface Uplink {
  readonly node: string;
  readonly name: string;
  readonly value: Data;
  /** `192.168.8` */
  readonly host: string;
}

/** The nodes that are written by themselves, with their interface. */
export function uplinks(plan: Data): Uplink[] {
  return maps(plan.nodes).flatMap(([node, { interfaces }]) =>
    node.includes('{')
      ? []
      : maps(interfaces).map(([name, value]) => {
          const host = String(value.address).split('.').slice(0, 3).join('.');
          return { node, name, value, host };
        }),
  );
}

/** Changes the first node that is written by itself and has an interface. */
export const atNode =
  (change: (uplink: Uplink, plan: Data) => boolean): Plant =>
  (plan) => {
    const [one] = uplinks(plan);
    return one !== undefined && change(one, plan);
  };

/** Changes any node: the first entry with an interface, a pattern too. */
export const atInterface =
  (change: (value: Data, name: string, node: Data, plan: Data) => boolean): Plant =>
  (plan) => {
    for (const [, node] of maps(plan.nodes))
      for (const [name, value] of maps(node.interfaces)) return change(value, name, node, plan);
    return false;
  };

const nodeNetwork = (plan: Data): [string, Data] | undefined => {
  for (const [, { interfaces }] of maps(plan.nodes))
    for (const [, { network }] of maps(interfaces)) {
      const found = map(plan.networks)[String(network)];
      if (found) return [String(network), found as Data];
    }
  return undefined;
};

export const atNetwork =
  (change: (network: Data, host: string, name: string, plan: Data) => boolean): Plant =>
  (plan) => {
    const [name, network] = nodeNetwork(plan) ?? [];
    if (!network || name === undefined) return false;
    return change(network, String(network.subnet).split('.').slice(0, 3).join('.'), name, plan);
  };

export const atRouter =
  (change: (router: Data, name: string, plan: Data) => boolean): Plant =>
  (plan) => {
    const [[name, router] = []] = maps(plan.routers);
    return router !== undefined && name !== undefined && change(router, name, plan);
  };

export const set =
  (path: string, value: unknown): Plant =>
  (plan) =>
    put(plan, path.split('.'), value);

/** Renames an interface of a node. */
export const renamed = (name: string, change: Data = {}): Plant =>
  atInterface((value, old, node) => {
    if (value.bond) return false;
    node.interfaces = { [name]: { ...value, ...change } };
    return old !== name;
  });

export const hasAttachments = (plan: Data): boolean => Object.keys(map(plan.attachments)).length > 0;

/** Changes the application. */
export const atApp =
  (change: (app: Data, plan: Data) => boolean): Plant =>
  (plan) => {
    const app = map(plan.apps)['home-assistant'] as Data | undefined;
    return app !== undefined && change(app, plan);
  };

/** The plan with this mistake; undefined where it has no place for it. */
export function planted({ plant }: Mistake, text: string): string | undefined {
  const plan = parse(text) as Data;
  return plant(plan) ? stringify(plan, { aliasDuplicateObjects: false }) : undefined;
}
