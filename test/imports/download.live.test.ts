/** CRDs by pinned address and checksum, from a server on this machine. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { crdProjects } from '../../tools/imports.config.mjs';
import { crdTexts, missingCrds, type CrdFile, type CrdProject } from '../../tools/upstream-crds.mjs';
import { run } from '../cluster/process.ts';

// Milliseconds where nothing else runs; a busy machine takes seconds to start Node.
jest.setTimeout(60_000);

const script = resolve(import.meta.dirname, '../../tools/imports.mjs');
const published = 'kind: CustomResourceDefinition\n';
const address = '/example/widgets/v1.2.3/crds/example.org_widgets.yaml';
/** How many there are to be had. */
const kinds = crdProjects.flatMap(({ files }) => files).length;

const file: CrdFile = {
  kind: 'Widget',
  plural: 'widgets',
  version: 'v1',
  sha256: createHash('sha256').update(published).digest('hex'),
};
const project: CrdProject = {
  name: 'Widgets',
  version: 'v1.2.3',
  repository: 'example/widgets',
  path: 'crds',
  folder: 'widgets-v1.2.3',
  group: 'example.org',
  files: [file],
};

let folder: string;
let server: Server;
let requests: string[];
let answer: RequestListener;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flatlan-crds-'));
  requests = [];
  answer = (_, response) => response.end(published);
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  env = {
    FLATLAN_CRD_BASE: `http://127.0.0.1:${port}`,
    FLATLAN_CACHE: join(folder, 'cache'),
    FLATLAN_SHARED: join(folder, 'shared'),
  };
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function stop(): Promise<void> {
  if (!server.listening) return;
  const closed = once(server.close(), 'close');
  server.closeAllConnections();
  await closed;
}

async function text(of: CrdProject = project): Promise<string | undefined> {
  const [first] = of.files;
  if (!first) throw new Error('a project without files');
  return (await crdTexts([of], env, new AbortController().signal)).get(first);
}

/** Everything below the cache, partial files too. */
function cached(): string[] {
  if (!existsSync(join(folder, 'cache'))) return [];
  const entries = readdirSync(join(folder, 'cache'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a file that is as pinned', () => {
  test('is asked for at its address once, and then read from the cache without a network', async () => {
    await expect(text()).resolves.toBe(published);
    expect(requests).toEqual([address]);
    expect(readFileSync(join(folder, 'cache/crds/widgets-v1.2.3/example.org_widgets.yaml'), 'utf8')).toBe(published);
    expect(cached()).toEqual(['example.org_widgets.yaml']);
    await stop();
    await expect(text()).resolves.toBe(published);
  });

  test('is read from the shared folder where that has it', async () => {
    const path = join(folder, 'shared/upstream/crds/widgets-v1.2.3/example.org_widgets.yaml');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'without descriptions\n');
    await expect(text()).resolves.toBe('without descriptions\n');
    expect(requests).toEqual([]);
    expect(cached()).toEqual([]);
  });

  test('replaces one in the cache that is not', async () => {
    const path = join(folder, 'cache/crds/widgets-v1.2.3/example.org_widgets.yaml');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, published.slice(0, 9));
    await expect(text()).resolves.toBe(published);
    expect(readFileSync(path, 'utf8')).toBe(published);
  });
});

describe('a file that is not to be had', () => {
  test('for its checksum: both sums, and nothing in the cache', async () => {
    answer = (_, response) => response.end('kind: SomethingElse\n');
    await expect(text()).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(RegExp(`Widget of Widgets v1\\.2\\.3\n.*${address}\n.*wrong checksum: sha256 .*\n.*${file.sha256}`)),
    });
    expect(cached()).toEqual([]);
  });

  test('for a connection that ends in the middle', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': published.length });
      response.write(published.slice(0, 9), () => response.destroy());
    };
    await expect(text()).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('terminated') });
    expect(cached()).toEqual([]);
  });

  test('for a body that was cut before it was sent', async () => {
    answer = (_, response) => response.end(published.slice(0, 9));
    await expect(text()).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('9 bytes') });
    expect(cached()).toEqual([]);
  });

  test('for a server that does not have it', async () => {
    answer = (_, response) => response.writeHead(404).end();
    await expect(text()).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('answered 404 Not Found') });
  });

  test('for an interrupt, which is no failure of the network', async () => {
    const interrupted = new AbortController();
    answer = () => {
      interrupted.abort();
    };
    await expect(crdTexts([project], env, interrupted.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('all of them are named at once, and the good ones are kept', async () => {
    const other = { ...file, plural: 'gadgets', kind: 'Gadget' };
    const third = { ...file, plural: 'gizmos', kind: 'Gizmo' };
    answer = ({ url }, response) => response.end(url?.includes('widgets.yaml') ? published : '');
    const all = crdTexts([{ ...project, files: [file, other, third] }], env, new AbortController().signal);
    await expect(all).rejects.toMatchObject({ message: expect.stringMatching(/^CRDs that could not be had: 2\.[^]*Gadget of[^]*Gizmo of/) });
    expect(cached()).toEqual(['example.org_widgets.yaml']);
  });
});

describe('node tools/imports.mjs', () => {
  const generated = 'metallb.io.ts';

  async function runImports(): Promise<{ code: number; stderr: string }> {
    writeFileSync(join(folder, generated), 'as before');
    const result = await run(process.execPath, [script, '--output', folder], { env: { ...process.env, ...env } });
    expect(readdirSync(folder).filter((name) => name.endsWith('.ts') || name.endsWith('.partial'))).toEqual([generated]);
    expect(readFileSync(join(folder, generated), 'utf8')).toBe('as before');
    expect(cached()).toEqual([]);
    return result;
  }

  test('ends with 3 and what to do where a checksum is wrong', async () => {
    const { code, stderr } = await runImports();
    expect(code).toBe(3);
    expect(stderr).toContain(`CRDs that could not be had: ${kinds}. Nothing in imports/ was changed.\n`);
    expect(stderr).toContain('wrong checksum');
    expect(stderr).toContain(`${join(folder, 'cache/crds')}/<project>-<version>/`);
    expect(stderr).toContain('set FLATLAN_SHARED');
    expect(requests).toHaveLength(kinds);
  });

  test('ends with 3 and every address where the server is not there', async () => {
    await stop();
    const { code, stderr } = await runImports();
    expect(code).toBe(3);
    expect(stderr).toContain('ECONNREFUSED');
    for (const { url } of missingCrds(crdProjects, env)) expect(stderr).toContain(url);
  });

  test('ends with 2 and the usage where it is asked for what it does not know', async () => {
    const { code, stderr } = await run(process.execPath, [script, '--all'], {});
    expect(code).toBe(2);
    expect(stderr).toContain('usage: node tools/imports.mjs');
  });
});

test('every address is of one file at one tag of its project', () => {
  const urls = missingCrds(crdProjects, { FLATLAN_SHARED: folder, FLATLAN_CACHE: folder }).map(({ url }) => url);
  expect(new Set(urls).size).toBe(kinds);
  for (const url of urls) expect(url).toMatch(/^https:\/\/raw\.githubusercontent\.com\/[\w-]+\/[\w-]+\/v\d+\.\d+\.\d+\/[\w/]+\/[\w.]+\.yaml$/);
});
