/** What an API server serves, by its own list of all kinds, which Helm and kubectl go by too. */
import type { ClusterAccess } from './clients.ts';
import { NotYet, http, waitFor } from './http.ts';

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

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Every kind that can be listed, in every version, the preferred one first. */
export async function servedKinds(cluster: ClusterAccess): Promise<ServedKind[]> {
  const [core, groups] = await Promise.all([discover(cluster, '/api'), discover(cluster, '/apis')]);
  return [...core, ...groups];
}

async function discover(cluster: ClusterAccess, root: string): Promise<ServedKind[]> {
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
export async function get<Answer>(cluster: ClusterAccess, path: string, accept = 'application/json'): Promise<Answer> {
  const headers = { authorization: `Bearer ${cluster.token}`, accept };
  return await waitFor(`GET ${path}`, 30_000, async () => {
    const { status, body } = await http(`${cluster.server}${path}`, { ca: cluster.ca, headers, timeout: 30_000 });
    if (status === 429) return new NotYet(body);
    if (status !== 200) throw new Error(`GET ${path} answers ${status}: ${body}`);
    return JSON.parse(body) as Answer;
  });
}
