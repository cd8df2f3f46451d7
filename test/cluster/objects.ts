/**
 * Everything that a cluster holds, in one picture, so that tests can say "nothing else was touched" and mean it.
 */
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { KubernetesObject } from './clients.ts';
import type { ControlPlane } from './control-plane.ts';
import { get, servedKinds } from './discovery.ts';

/** Objects by what a person would call them: `bgppeers.projectcalico.org edgerouter`. */
export type Objects = ReadonlyMap<string, KubernetesObject>;

/** The API server's own notes, which say nothing about what a command did; it renews some every few seconds. */
const notes = new Set([
  ...['leases.coordination.k8s.io', 'events', 'events.events.k8s.io'],
  // One for each address of a Service.
  'ipaddresses.networking.k8s.io',
]);

export async function allObjects(cluster: ControlPlane): Promise<Objects> {
  const kinds = await servedKinds(cluster);
  const lists = await Promise.all(
    kinds
      // A kind of several versions counts once, in the version that its group prefers.
      .filter(({ name }, index) => kinds.findIndex((kind) => kind.name === name) === index)
      // ComponentStatus is no object: it is asked from the components at each request.
      .filter(({ name }) => !notes.has(name) && name !== 'componentstatuses')
      .map(async ({ name, path, apiVersion, kind }) => {
        const { items } = await get<{ items: KubernetesObject[] }>(cluster, path);
        // A list says these two once for all of its items.
        return items
          .filter((item) => !isAutomatic(item))
          .map((item): [string, KubernetesObject] => [keyOf(name, item), { ...item, apiVersion, kind }]);
      }),
  );
  return new Map(lists.flat());
}

/** The API server makes an APIService for each new group of kinds, some moments later. */
function isAutomatic({ metadata }: KubernetesObject): boolean {
  const { labels } = metadata as { labels?: Readonly<Record<string, string>> };
  return labels?.['kube-aggregator.kubernetes.io/automanaged'] !== undefined;
}

function keyOf(resource: string, { metadata }: KubernetesObject): string {
  return `${resource} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

/** Names of what came, went or was written between two pictures. */
export interface Changes {
  readonly created: string[];
  readonly removed: string[];
  readonly written: string[];
}

export const nothing: Changes = { created: [], removed: [], written: [] };

export function changes(before: Objects, after: Objects): Changes {
  const common = [...after.keys()].filter((key) => before.has(key));
  return {
    created: [...after.keys()].filter((key) => !before.has(key)).sort(),
    removed: [...before.keys()].filter((key) => !after.has(key)).sort(),
    // An object that was removed and made anew has another version too.
    written: common.filter((key) => versionOf(before, key) !== versionOf(after, key)).sort(),
  };
}

function versionOf(objects: Objects, key: string): string {
  const version = objects.get(key)?.metadata.resourceVersion;
  if (version === undefined) throw new Error(`${key} has no resourceVersion`);
  return version;
}

/** Looks again and again, and says what happened in between. */
export class Watch {
  readonly #look: () => Promise<Objects>;
  /** As it was at the last look. */
  last: Objects;

  private constructor(look: () => Promise<Objects>, first: Objects) {
    this.#look = look;
    this.last = first;
  }

  static async begin(look: () => Promise<Objects>): Promise<Watch> {
    return new Watch(look, await look());
  }

  /** What came, went or was written since the last look, of that part of it. */
  async since(part = (objects: Objects): Objects => objects): Promise<Changes> {
    const earlier = this.last;
    this.last = await this.#look();
    return changes(part(earlier), part(this.last));
  }
}

/** Without the Secrets in which Helm notes its releases: each upgrade writes one. */
export function withoutReleases(objects: Objects): Objects {
  return new Map([...objects].filter(([, object]) => object.type !== 'helm.sh/release.v1'));
}

/** What locks a layer's release: keys of objects, in their order. */
export function lock(layer: 'operators' | 'network'): string[] {
  return [
    `roles.rbac.authorization.k8s.io ${NAMESPACE}/flatlan-${layer}-keep`,
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].flatMap((kind) =>
      ['keep', 'lock'].map((name) => `${kind}.admissionregistration.k8s.io flatlan-${layer}-${name}`),
    ),
  ];
}
