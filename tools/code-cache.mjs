/**
 * node tools/code-cache.mjs <program> <cache>: runs `flatlan check` on the plans of overlays/ and keeps what V8 has compiled
 * by then. Most functions are compiled when they are first called, so those that a check needs are in it and no others.
 */
import { closeSync, fsyncSync, futimesSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { Script } from 'node:vm';

const [program, cache] = process.argv.slice(2).map((path) => resolve(path));
const script = new Script(readFileSync(program, 'latin1'), { filename: basename(program) });
process.argv.splice(1, process.argv.length, program, 'check');
script.runInThisContext()(createRequire(program));

process.on('exit', () => {
  // Whole or not at all, even if the power fails: see cdk8s/cli/start.ts.
  const whole = `${cache}.${process.pid}`;
  const file = openSync(whole, 'w');
  writeFileSync(file, script.createCachedData());
  // A time of whole seconds, which every copy keeps that keeps times, and no later write gives.
  const second = Math.floor(Date.now() / 1000);
  futimesSync(file, second, second);
  fsyncSync(file);
  closeSync(file);
  renameSync(whole, cache);
});
