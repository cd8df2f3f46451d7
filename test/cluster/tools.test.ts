import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toolNamed, toolState } from '../../tools/cache.mjs';
import { sharedFolder } from './shared.ts';
import { findTool, lackOfTools, missingTools, planFor } from './tools.ts';

describe('tools in a cache of their own', () => {
  let cache: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    cache = mkdtempSync(join(tmpdir(), 'flatlan-cache-'));
    env = { FLATLAN_CACHE: cache };
    const { program } = toolState(toolNamed('etcd'), env);
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
  });

  afterAll(() => {
    rmSync(cache, { recursive: true, force: true });
  });

  test('a built tool is found, another is missing', () => {
    expect(findTool('etcd', env)).toMatch(/\/tools\/etcd-v3\.\d+\.\d+-[0-9a-f]{8}\/bin\/etcd$/);
    expect(findTool('kube-apiserver', env)).toBeUndefined();
    expect(missingTools(['kube-apiserver', 'etcd', 'helm4'], env)).toEqual(['kube-apiserver', 'helm4']);
  });

  test('a half-written file does not count', () => {
    const { program } = toolState(toolNamed('kubectl'), env);
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, '');
    expect(findTool('kubectl', env)).toBeUndefined();
  });

  test('a name that is not in the table is a mistake in the test', () => {
    expect(() => findTool('kube-api-server', env)).toThrow(/no tool is called "kube-api-server".*kube-apiserver/);
  });

  test('runs with everything, skips with the reason, fails in CI', () => {
    expect(lackOfTools(['etcd'], env)).toBeUndefined();
    const lack = lackOfTools(['kube-apiserver', 'helm4'], env);
    expect(lack).toBe('kube-apiserver, helm4 not built; run npm run test:setup');
    expect(planFor(undefined, 'a store', { CI: 'true' })).toEqual({ action: 'run', title: 'a store' });
    expect(planFor(lack, 'a cluster', {})).toEqual({
      action: 'skip',
      title: 'a cluster (skipped: kube-apiserver, helm4 not built; run npm run test:setup)',
    });
    expect(planFor(lack, 'a cluster', { CI: 'true' })).toEqual({ action: 'fail', title: 'a cluster' });
  });
});

describe('where the cache is', () => {
  test.each([
    [{ FLATLAN_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a/tools/'],
    [{ XDG_CACHE_HOME: '/b' }, '/b/flatlan/tools/'],
    [{}, '/.cache/flatlan/tools/'],
  ])('%j', (env, expected) => {
    expect(toolState(toolNamed('etcd'), env).program).toContain(expected);
  });
});

describe('the shared folder', () => {
  test('is named by FLATLAN_SHARED, and missing is an error only in CI', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flatlan-shared-'));
    try {
      expect(sharedFolder({ FLATLAN_SHARED: folder })).toBeUndefined();
      expect(() => sharedFolder({ FLATLAN_SHARED: folder, CI: 'true' })).toThrow(/set FLATLAN_SHARED/);
      mkdirSync(join(folder, 'upstream'));
      expect(sharedFolder({ FLATLAN_SHARED: folder, CI: 'true' })).toBe(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
