#!/usr/bin/env node
/**
 * build/cli.cjs: starts the `flatlan` command, whose code is a file beside it. V8 takes less time to read compiled code
 * than to compile it, so the build keeps some (tools/code-cache.mjs) for the Node that builds. That is never needed: with
 * another Node, without the file or with another one in its place, the code is compiled as usual.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** What the build knows: esbuild.config.js puts it in. */
declare const PROGRAM: {
  readonly file: string;
  readonly cache?: { readonly file: string; readonly node: string; readonly size: number; readonly mtimeMs: number };
};

/**
 * V8 believes what it is given: of a source it compares the length, and compiled code with a wrong byte ends the process.
 * A sum over all of it takes a third of the time that it saves, so this is what writing to the file would change.
 */
function compiled(): Buffer | undefined {
  const { cache } = PROGRAM;
  if (cache?.node !== `${process.version}-${process.arch}`) return undefined;
  const path = join(__dirname, cache.file);
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  if (size !== cache.size || mtimeMs !== cache.mtimeMs) return undefined;
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

// The name that traces of errors show: without a folder, because compiled code keeps the one it was made with.
const filename = PROGRAM.file;
const source = readFileSync(join(__dirname, filename), 'latin1');
const cachedData = compiled();
const script = new Script(source, cachedData ? { filename, cachedData } : { filename });
(script.runInThisContext() as (load: NodeJS.Require) => void)(require);
