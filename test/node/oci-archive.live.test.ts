import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../cluster/process.ts';
import { ok } from '../cluster/umbrella.ts';
import { ociArchive } from './oci-archive.ts';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: object;
}

/** Any tar reads it: what the archive says of itself is what is in it. */
describe('an image as an archive', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flatlan-oci-'));
    const files = { 'usr/bin/program': { data: Buffer.from('p'.repeat(700)) }, 'var/run': { link: '/run' } };
    const archive = ociArchive('flatlan.invalid/image:1', files, { entrypoint: ['/usr/bin/program'] });
    writeFileSync(join(folder, 'image.tar'), archive);
    await unpack('image.tar', 'layout');
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function unpack(archive: string, to: string): Promise<void> {
    mkdirSync(join(folder, to));
    ok(await run('tar', ['--extract', '--file', archive, '--directory', to], { cwd: folder }));
  }

  const blob = (digest: string) => join(folder, 'layout/blobs', digest.replace(':', '/'));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

  test('every blob has the name of its content, and the descriptors lead to all of them', async () => {
    for (const name of readdirSync(join(folder, 'layout/blobs/sha256'))) {
      const data = readFileSync(join(folder, 'layout/blobs/sha256', name));
      expect(createHash('sha256').update(data).digest('hex')).toBe(name);
    }
    const index = read(join(folder, 'layout/index.json')) as { manifests: Descriptor[] };
    const [entry] = index.manifests;
    expect(entry?.annotations).toEqual({ 'io.containerd.image.name': 'flatlan.invalid/image:1' });
    const manifest = read(blob(entry?.digest ?? '')) as { config: Descriptor; layers: Descriptor[] };
    const configuration = read(blob(manifest.config.digest)) as { config: object; rootfs: { diff_ids: string[] } };
    const [layer] = manifest.layers;
    expect(configuration.config).toMatchObject({ Entrypoint: ['/usr/bin/program'] });
    expect(configuration.rootfs.diff_ids).toEqual([layer?.digest]);
    expect(statSync(blob(layer?.digest ?? '')).size).toBe(layer?.size);

    writeFileSync(join(folder, 'layer.tar'), readFileSync(blob(layer?.digest ?? '')));
    await unpack('layer.tar', 'root');
    expect(readFileSync(join(folder, 'root/usr/bin/program'), 'utf8')).toBe('p'.repeat(700));
    expect(statSync(join(folder, 'root/usr/bin/program')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(folder, 'root/var/run'))).toBe('/run');
  });

  test('a path that the plain form cannot hold is refused', () => {
    expect(() => ociArchive('flatlan.invalid/image:1', { ['a'.repeat(101)]: {} })).toThrow('too long');
  });
});
