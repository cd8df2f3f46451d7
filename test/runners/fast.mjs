/** `npm run test:fast`: the pure tests alone, and what that leaves out. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './checks.mjs';
import { runJest } from './jest.mjs';
import { LEFT_OUT, leftOut } from './left-out.mjs';

/** @returns {{ passed: number, failed: number, skipped: number, notes: string[] }} */
export function runFast() {
  const total = runJest([`--testPathIgnorePatterns=${LEFT_OUT.source}`]);
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  return { ...total, notes: [...total.notes, ...leftOut(files)] };
}
