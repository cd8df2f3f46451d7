/** What is left of a lab: processes in its namespaces. A namespace with no process, mount or open file is gone. */
import { readdirSync, readlinkSync } from 'node:fs';

const kinds = ['mnt', 'net', 'pid', 'ipc', 'uts'];

/** Processes that are in any of these namespaces (`net:[4026532000]`), each with its command line's first word. */
export function processesIn(namespaces: Iterable<string>): string[] {
  const wanted = new Set(namespaces);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => kinds.some((kind) => wanted.has(link(`/proc/${pid}/ns/${kind}`))))
    .map((pid) => `${pid} ${link(`/proc/${pid}/exe`)}`);
}

/** Empty for a process that has ended meanwhile, or that is only waited for. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
