/**
 * The CustomResourceDefinitions that `imports/` is made from: where each one is published, how to get it, and the part
 * of it that decides the types.
 *
 *     <shared>/upstream/crds/<project>-<version>/<group>_<plural>.yaml    without descriptions; taken where it is there
 *     <cache>/crds/<project>-<version>/<group>_<plural>.yaml              as published, by pinned address and checksum
 *                              │
 *                              └─ canonicalCrd: the same text from both
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { cacheFolder } from './cache.mjs';
import { SetupError } from './child.mjs';

/** @import { CrdFile, CrdProject, MissingCrd } from './upstream-crds.d.mts' */

/** Seconds for one file; the largest has 1.5 MB. */
const downloadSeconds = 60;

/**
 * Text of every CRD, from the shared folder or the cache; what neither has is downloaded into the cache. A file in the
 * cache is complete or not there.
 *
 * @param {readonly CrdProject[]} projects
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<Map<CrdFile, string>>}
 */
export async function crdTexts(projects, env, signal) {
  const missing = missingCrds(projects, env);
  const results = await Promise.allSettled(missing.map((crd) => download(crd, signal)));
  signal.throwIfAborted();
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  const unexpected = failures.find((failure) => !(failure instanceof SetupError));
  if (unexpected) throw unexpected;
  if (failures.length > 0) throw new SetupError(remedy(failures, env), 3);
  return new Map(
    projects.flatMap((project) =>
      project.files.map((file) => {
        const path = sharedPath(project, file, env) ?? cachedPath(project, file, env);
        return /** @type {const} */ ([file, readFileSync(path, 'utf8')]);
      }),
    ),
  );
}

/**
 * What would have to be downloaded. A file in the cache whose checksum is wrong counts as missing.
 *
 * @param {readonly CrdProject[]} projects
 * @param {NodeJS.ProcessEnv} env
 * @returns {MissingCrd[]}
 */
export function missingCrds(projects, env) {
  // Another base is for tests, and for a network without a way out: the checksums hold either way.
  const base = env.FLATLAN_CRD_BASE || 'https://raw.githubusercontent.com';
  return projects.flatMap((project) =>
    project.files.flatMap((file) => {
      const path = cachedPath(project, file, env);
      if (sharedPath(project, file, env)) return [];
      if (existsSync(path) && sha256(readFileSync(path)) === file.sha256) return [];
      const { repository, version } = project;
      const url = `${base}/${repository}/${version}/${project.path}/${fileName(project, file)}`;
      return [{ project, file, path, url }];
    }),
  );
}

/**
 * @param {CrdProject} project
 * @param {CrdFile} file
 * @param {NodeJS.ProcessEnv} env
 */
function sharedPath(project, file, env) {
  const shared = env.FLATLAN_SHARED ? resolve(env.FLATLAN_SHARED) : resolve(import.meta.dirname, '../../shared');
  const path = join(shared, 'upstream/crds', project.folder, fileName(project, file));
  return existsSync(path) ? path : undefined;
}

/**
 * @param {CrdProject} project
 * @param {CrdFile} file
 * @param {NodeJS.ProcessEnv} env
 */
function cachedPath(project, file, env) {
  return join(cacheFolder(env), 'crds', project.folder, fileName(project, file));
}

/**
 * @param {CrdProject} project
 * @param {CrdFile} file
 */
function fileName(project, file) {
  return `${project.group}_${file.plural}.yaml`;
}

/**
 * @param {MissingCrd} crd
 * @param {AbortSignal} signal
 */
async function download({ project, file, path, url }, signal) {
  const what = `${file.kind} of ${project.name} ${project.version}\n    from ${url}`;
  const body = await bytesOf(url, signal).catch((error) => {
    throw new SetupError(`${what}\n    ${reason(error)}`, 3);
  });
  const found = sha256(body);
  if (found !== file.sha256) {
    const lines = [what, `wrong checksum: sha256 ${found}, ${body.length} bytes`, `expected: sha256 ${file.sha256}`];
    throw new SetupError(lines.join('\n    '), 3);
  }
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, body);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function bytesOf(url, signal) {
  const limit = globalThis.AbortSignal.timeout(downloadSeconds * 1000);
  const answer = await globalThis.fetch(url, { signal: globalThis.AbortSignal.any([signal, limit]) });
  if (!answer.ok) throw new Error(`the server answered ${answer.status} ${answer.statusText}`.trimEnd());
  return Buffer.from(await answer.arrayBuffer());
}

/**
 * fetch says "fetch failed" and keeps what happened in the cause.
 *
 * @param {unknown} error
 */
function reason(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${downloadSeconds} s`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = cause && 'code' in cause ? String(cause.code) : '';
  return [error.message, cause?.message || code].filter(Boolean).join(': ');
}

/**
 * @param {readonly SetupError[]} failures
 * @param {NodeJS.ProcessEnv} env
 */
function remedy(failures, env) {
  return [
    `CRDs that could not be had: ${failures.length}. Nothing in imports/ was changed.`,
    ...failures.map(({ message }) => `  ${message}`),
    'What to do, one of:',
    '  - let this machine reach that address (a proxy in the environment is not used) and run it again',
    `  - put the files, as published, into ${join(cacheFolder(env), 'crds')}/<project>-<version>/`,
    '  - put upstream/crds into ../shared, or set FLATLAN_SHARED to the folder that has it',
    'A checksum that stays wrong means that the published file changed: look at it before tools/imports.config.mjs is edited.',
  ].join('\n');
}

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What `cdk8s import` reads of a schema; everything else describes or validates. */
const keywords = new Set([
  'additionalProperties',
  'anyOf',
  'enum',
  'format',
  'items',
  'oneOf',
  'properties',
  'required',
  'type',
]);

/**
 * One CRD with one version and only the part of its schema that becomes types, keys in order. Descriptions, status and
 * the order of keys differ between sources and do not get through.
 *
 * @param {string} text
 * @param {CrdProject} project
 * @param {CrdFile} file
 */
export function canonicalCrd(text, project, file) {
  const { apiVersion, kind, spec } = parse(text);
  const where = `${fileName(project, file)} of ${project.name} ${project.version}`;
  const found = `${spec?.group} ${spec?.names?.kind}`;
  if (kind !== 'CustomResourceDefinition' || found !== `${project.group} ${file.kind}`) {
    throw new SetupError(`${where} is ${kind} ${found}: correct the table in tools/imports.config.mjs`, 1);
  }
  const version = spec.versions.find(({ name, served }) => name === file.version && served);
  if (!version)
    throw new SetupError(`${where} does not serve ${file.version}: correct it in tools/imports.config.mjs`, 1);
  const schema = canonicalSchema(version.schema.openAPIV3Schema, new Set(file.opaque));
  // The type and the kind are the class's own, metadata is cdk8s', and nobody writes a status.
  for (const name of ['apiVersion', 'kind', 'status']) delete schema.properties[name];
  return {
    apiVersion,
    kind,
    metadata: { name: `${file.plural}.${project.group}` },
    spec: {
      group: project.group,
      names: { kind: file.kind },
      versions: [{ name: file.version, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/**
 * @param {any} schema
 * @param {ReadonlySet<string>} opaque
 * @returns {any}
 */
function canonicalSchema(schema, opaque) {
  if (typeof schema !== 'object') return schema;
  const inner = (/** @type {any} */ value) => canonicalSchema(value, opaque);
  return inOrder(schema, (value, keyword) => {
    if (!keywords.has(keyword)) return undefined;
    if (keyword === 'required') return value.toSorted();
    if (keyword === 'anyOf' || keyword === 'oneOf') return value.map(inner);
    if (keyword === 'items' || keyword === 'additionalProperties') return inner(value);
    if (keyword !== 'properties') return value;
    return inOrder(value, (property, name) => (opaque.has(name) ? anyObject : inner(property)));
  });
}

const anyObject = { additionalProperties: {}, type: 'object' };

/**
 * @param {Record<string, any>} object
 * @param {(value: any, key: string) => unknown} change undefined leaves the key out
 */
function inOrder(object, change) {
  const keys = Object.keys(object).toSorted();
  const entries = keys.map((key) => /** @type {const} */ ([key, change(object[key], key)]));
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
