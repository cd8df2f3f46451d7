/** One CRD of which one version is imported. */
export interface CrdFile {
  readonly kind: string;
  readonly plural: string;
  /** The version that becomes types; it must be served. */
  readonly version: string;
  /** Of the file as published. */
  readonly sha256: string;
  /** Names of properties that become "some object" wherever they stand in the schema. */
  readonly opaque?: readonly string[];
}

/** A project at a tag, with the CRDs of one API group. */
export interface CrdProject {
  readonly name: string;
  /** The tag. */
  readonly version: string;
  /** On GitHub, `owner/name`. */
  readonly repository: string;
  /** Folder in the repository. */
  readonly path: string;
  /** Folder in the cache and under upstream/crds. */
  readonly folder: string;
  readonly group: string;
  readonly files: readonly CrdFile[];
}

export interface MissingCrd {
  readonly project: CrdProject;
  readonly file: CrdFile;
  /** Where it will lie in the cache. */
  readonly path: string;
  readonly url: string;
}

export interface CanonicalCrd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: unknown } }];
  };
}

export function crdTexts(
  projects: readonly CrdProject[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Map<CrdFile, string>>;
export function missingCrds(projects: readonly CrdProject[], env: NodeJS.ProcessEnv): MissingCrd[];
export function canonicalCrd(text: string, project: CrdProject, file: CrdFile): CanonicalCrd;
