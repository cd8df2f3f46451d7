/** node:fs that can be made to fail, or to die, before any call that changes something. */
import nodeFs from 'node:fs';
import type { FileSystem } from '../../cdk8s/writer/tree.ts';

/** Runs before the call of this number, counted from 1. Throwing makes it fail. */
export type Before = (call: number, name: string, args: readonly unknown[]) => unknown;

const CHANGING = new Set([
  'copyFileSync',
  'fsync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmdirSync',
  'unlink',
  'unlinkSync',
  'writeFileSync',
]);

export interface Faulty {
  readonly fs: FileSystem;
  /** How many calls there were so far. */
  readonly calls: () => number;
}

/** `flush` says whether files are really flushed; thousands of runs have no time for that. */
export function faulty(before: Before = () => undefined, flush = false): Faulty {
  let calls = 0;
  const fs = new Proxy(nodeFs, {
    get(target, name: keyof FileSystem) {
      const real = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]): unknown => {
        const changes = CHANGING.has(name) || (name === 'openSync' && args[1] !== 'r');
        if (changes) before(++calls, name, args);
        if (name === 'fsync' && !flush) {
          (args[1] as (error: null) => void)(null);
          return undefined;
        }
        return real(...args);
      };
    },
  });
  return { fs, calls: () => calls };
}

/** What the operating system would say. */
export function errno(code: string, name: string, args: readonly unknown[]): Error {
  const [path, dest] = args;
  const where = typeof path === 'string' ? { path } : {};
  const error = new Error(`${code}: made to fail, ${name}`);
  return Object.assign(error, { code, syscall: name, ...where, ...(typeof dest === 'string' ? { dest } : {}) });
}

/** Thrown in place of a kill: everything that changes something fails from then on. */
export class Crash extends Error {}

export function crashAt(crash: number): Before {
  return (call) => {
    if (call >= crash) throw new Crash();
  };
}
