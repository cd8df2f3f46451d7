/** A file for one router and one purpose: what a person does with it, in comments of that device, and then its configuration. */
import { fromPlan } from '../banner.ts';
import { generatedRouters } from '../paths.ts';
import type { Router } from '../plan/network/index.ts';
import type { GeneratedFile } from '../writer/index.ts';

export interface DeviceFile {
  /** `bgp.conf` */
  readonly name: string;
  /** What begins a line that the device reads over. */
  readonly comment: '#' | '!';
  /** What it is, and what of the device it leaves alone. */
  readonly what: string;
  /** Before: what can be put back. */
  readonly save: string;
  readonly apply: string;
  readonly verify: string;
  readonly back: string;
  readonly body: readonly string[];
}

export function deviceFile(cluster: string, router: Pick<Router, 'name'>, file: DeviceFile): GeneratedFile {
  const { name, comment, what, save, apply, verify, back, body } = file;
  const head = [fromPlan(cluster), what, `Save: ${save}`, `Apply: ${apply}`, `Verify: ${verify}`, `Roll back: ${back}`];
  const lines = [...head.map((line) => `${comment} ${plain(line)}`), comment, ...body];
  return { path: `${generatedRouters(cluster)}/${router.name}/${name}`, content: `${lines.join('\n')}\n` };
}

/** Without the marks of Markdown, and on one line. */
function plain(text: string): string {
  return text.replaceAll('`', '').replace(/\s+/g, ' ');
}
