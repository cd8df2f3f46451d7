/** Bundled and run by the tests as a process of its own, which can be killed. */
import nodeFs from 'node:fs';
import type { GeneratedFile } from '../../cdk8s/writer/index.ts';
import { writeFiles } from '../../cdk8s/writer/writer.ts';
import { faulty } from './faults.ts';

export interface ChildTask {
  readonly root: string;
  /** One set after the other. */
  readonly sets: readonly (readonly GeneratedFile[])[];
  readonly owned: readonly string[];
  /** Start again with the first set after the last, for ever. */
  readonly forever?: boolean;
  /** Dies before this call that changes something, a write half done. */
  readonly killAt?: number;
  readonly patience?: number;
  /** Becomes this user first. */
  readonly uid?: number;
}

const {
  root,
  sets,
  owned,
  forever = false,
  killAt,
  patience,
  uid,
} = JSON.parse(nodeFs.readFileSync(0, 'utf8')) as ChildTask;

if (uid !== undefined) process.setuid?.(uid);

const { fs } = faulty((call, name, [file, content]) => {
  if (call !== killAt) return;
  if (name === 'writeFileSync' && typeof file === 'number' && Buffer.isBuffer(content)) {
    nodeFs.writeSync(file, content.subarray(0, content.length / 2));
  }
  process.kill(process.pid, 'SIGKILL');
}, true);

try {
  do {
    for (const files of sets) {
      await writeFiles(root, files, owned, { fs, ...(patience === undefined ? {} : { patience }) });
      process.stdout.write('.');
    }
  } while (forever);
} catch (error) {
  process.stderr.write(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exitCode = 1;
}
