/**
 * Everything that a cluster holds, in one picture, so that tests can say "nothing else was touched" and mean it.
 */
import type { KubernetesObject } from './clients.ts';
import type { ControlPlane } from './control-plane.ts';
import { NotYet, http, waitFor } from './http.ts';

/** Objects by what a person would call them: `bgppeers.projectcalico.org edgerouter`. */
export type Objects = ReadonlyMap<string, KubernetesObject>;

interface Resource {
  resource: string;
  verbs: string[];
  scope: 'Cluster' | 'Namespaced';
  responseKind: { group: string; version: string; kind: string };
}

/** A kind as the API server serves it. */
export interface ServedKind {
  /** `bgppeers.projectcalico.org` */
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** What lists all of them: `/apis/projectcalico.org/v3/bgppeers`. */
  readonly path: string;
  readonly namespaced: boolean;
}

interface Discovery {
  items: { metadata: { name?: string }; versions: { version: string; resources?: Resource[] }[] }[];
}

/** Renewed by the API server every few seconds, so they say nothing about what a command did. */
const restless = new Set(['leases.coordination.k8s.io', 'events', 'events.events.k8s.io']);

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export async function allObjects(cluster: ControlPlane): Promise<Objects> {
  const kinds = await servedKinds(cluster);
  const lists = await Promise.all(
    kinds
      // A kind of several versions counts once, in the version that its group prefers.
      .filter(({ name }, index) => kinds.findIndex((kind) => kind.name === name) === index)
      // ComponentStatus is no object: it is asked from the components at each request.
      .filter(({ name }) => !restless.has(name) && name !== 'componentstatuses')
      .map(async ({ name, path, apiVersion, kind }) => {
        const { items } = await get<{ items: KubernetesObject[] }>(cluster, path);
        // A list says these two once for all of its items.
        return items.map((item): [string, KubernetesObject] => [keyOf(name, item), { ...item, apiVersion, kind }]);
      }),
  );
  return new Map(lists.flat());
}

function keyOf(resource: string, { metadata }: KubernetesObject): string {
  return `${resource} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}

/** Every kind that can be listed, in every version, the preferred one first. */
export async function servedKinds(cluster: ControlPlane): Promise<ServedKind[]> {
  const [core, groups] = await Promise.all([discover(cluster, '/api'), discover(cluster, '/apis')]);
  return [...core, ...groups];
}

async function discover(cluster: ControlPlane, root: string): Promise<ServedKind[]> {
  const { items } = await get<Discovery>(cluster, root, aggregated);
  return items.flatMap(({ metadata: { name: group = '' }, versions }) =>
    versions.flatMap(({ version, resources = [] }) => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      return resources
        .filter(({ verbs }) => verbs.includes('list'))
        .map(({ resource, scope, responseKind: { kind } }) => ({
          name: group === '' ? resource : `${resource}.${group}`,
          apiVersion,
          kind,
          path: `${root}/${apiVersion}/${resource}`,
          namespaced: scope === 'Namespaced',
        }));
    }),
  );
}

/** A kind that has just come answers 429 while its storage starts, a second or two. */
async function get<Answer>(cluster: ControlPlane, path: string, accept = 'application/json'): Promise<Answer> {
  const headers = { authorization: `Bearer ${cluster.token}`, accept };
  return await waitFor(`GET ${path}`, 30_000, async () => {
    const { status, body } = await http(`${cluster.server}${path}`, { ca: cluster.ca, headers, timeout: 30_000 });
    if (status === 429) return new NotYet(body);
    if (status !== 200) throw new Error(`GET ${path} answers ${status}: ${body}`);
    return JSON.parse(body) as Answer;
  });
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

/** Without the Secrets in which Helm notes its releases: each upgrade writes one. */
export function withoutReleases(objects: Objects): Objects {
  return new Map([...objects].filter(([, object]) => object.type !== 'helm.sh/release.v1'));
}
