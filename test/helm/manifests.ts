/** Objects of a stream of manifests: reading, naming and comparing them. Runs nothing. */
import { parseAllDocuments } from 'yaml';
import { isStandIn } from './stand-ins.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** Every object of a stream, read as Kubernetes reads it: YAML 1.1, where an unquoted `on` is true. */
export function manifestsIn(stream: string): Manifest[] {
  return parseAllDocuments(stream, { version: '1.1' }).flatMap((doc) => {
    const [problem] = doc.errors;
    if (problem) throw problem;
    const object = doc.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** `projectcalico.org/v3 BGPPeer /edgerouter` */
export function keyOf({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Objects by key; two of one key are an error. */
export function byKey(objects: readonly Manifest[]): Record<string, Manifest> {
  const found: Record<string, Manifest> = {};
  for (const object of objects) {
    const key = keyOf(object);
    if (found[key]) throw new Error(`${key} stands there twice`);
    found[key] = object;
  }
  return found;
}

export function isHook({ metadata }: Manifest): boolean {
  return metadata.annotations?.['helm.sh/hook'] !== undefined;
}

/** What a release installs, as the concrete backend makes it: without upstream's objects, hooks and Helm's own labels. */
export function ownObjects(objects: readonly Manifest[]): Manifest[] {
  return objects.filter((object) => !isStandIn(object) && !isHook(object)).map(withoutHelmLabels);
}

function withoutHelmLabels(object: Manifest): Manifest {
  const labels = { ...object.metadata.labels };
  for (const label of ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'])
    Reflect.deleteProperty(labels, label);
  return { ...object, metadata: { ...object.metadata, labels } };
}
