/**
 * A container image as one file that containerd imports: an OCI layout in a tar, one layer, no engine and no registry
 * (opencontainers/image-spec 1.1, image-layout.md). Files are static programs, so nothing else is in it.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';

export interface ImageFile {
  readonly data?: Buffer;
  /** A symbolic link to there. */
  readonly link?: string;
}

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
}

const blockSize = 512;

/** `name` is what pods call the image; files by path without a leading slash. */
export function ociArchive(name: string, files: Readonly<Record<string, ImageFile>>, config: ImageConfig = {}): Buffer {
  const layer = tar(files);
  const platform = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux' };
  const rootfs = { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] };
  const configuration = json({ ...platform, config: { Entrypoint: config.entrypoint, WorkingDir: '/' }, rootfs });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', configuration),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const annotations = { 'io.containerd.image.name': name };
  const entry = { ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest), platform, annotations };
  const blobs = [layer, configuration, manifest].map((data) => [`blobs/sha256/${sha256(data)}`, { data }] as const);
  return tar({
    'oci-layout': { data: json({ imageLayoutVersion: '1.0.0' }) },
    'index.json': { data: json({ schemaVersion: 2, manifests: [entry] }) },
    ...Object.fromEntries(blobs),
  });
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const descriptor = (mediaType: string, data: Buffer) => ({
  mediaType,
  digest: `sha256:${sha256(data)}`,
  size: data.length,
});

/** Everything is root's, executable, and of the first second of 1970; folders come by themselves. */
function tar(files: Readonly<Record<string, ImageFile>>): Buffer {
  const folders = new Set(Object.keys(files).flatMap(parents));
  const parts = [...folders].sort().map((folder) => header(`${folder}/`, '5', 0));
  for (const [path, { data = Buffer.alloc(0), link }] of Object.entries(files)) {
    parts.push(link === undefined ? header(path, '0', data.length) : header(path, '2', 0, link));
    parts.push(data, Buffer.alloc((blockSize - (data.length % blockSize)) % blockSize));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * blockSize)]);
}

function parents(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [...parents(folder), folder];
}

/** POSIX ustar: fields at fixed places, numbers in octal, and a sum over the header with its own field as spaces. */
function header(path: string, kind: '0' | '2' | '5', size: number, link = ''): Buffer {
  if (path.length > 100) throw new Error(`${path} is too long for the plain form of tar`);
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const fields: readonly (readonly [number, string])[] = [
    [0, path],
    [100, octal(0o755, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(size, 12)],
    [136, octal(0, 12)],
    [148, ' '.repeat(8)],
    [156, kind],
    [157, link],
    [257, 'ustar\x0000'],
  ];
  for (const [at, text] of fields) block.write(text, at, 'latin1');
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
