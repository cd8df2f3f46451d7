/** The parts of a plan that could not be read, so that nothing is reported about them twice. parse.ts draws the kinds of path. */
import { isMap } from '../data.ts';
import type { PlanDocument } from './document.ts';
import type { Path } from '../finding.ts';
import { PathSet } from './path-set.ts';
import type { Expansion } from './patterns.ts';

export class Broken {
  /** By paths in the text, where a pattern is one node. */
  private readonly inText = new PathSet();
  /** By paths in the expanded plan. */
  private readonly inPlan = new PathSet();
  /** Sections in which a name is invalid, so that any name may have been meant. */
  private readonly misnamed = new Set<string>();
  private readonly lostNames = new Map<string, string[]>();
  private readonly expansion: Expansion;

  constructor(doc: PlanDocument, expansion: Expansion) {
    this.expansion = expansion;
    for (const path of doc.incomplete) this.inText.add(path);
    for (const path of expansion.incomplete) this.inPlan.add(path);
    for (const [section, name] of [...doc.incomplete, ...expansion.incomplete]) {
      if (section === undefined || name === undefined) continue;
      const names = this.lostNames.get(String(section));
      if (names) names.push(String(name));
      else this.lostNames.set(String(section), [String(name)]);
    }
  }

  /** A path in the expanded plan. */
  add(path: Path): void {
    this.inPlan.add(path);
  }

  /** A text that is not a valid name. */
  addName([section]: Path): void {
    this.misnamed.add(String(section));
  }

  /** The value, or something around it, could not be read. */
  covers(path: Path): boolean {
    return this.inPlan.covers(path) || this.inText.covers(this.expansion.written(path)) || this.expansion.isLost(path);
  }

  /** As covers, or something below it could not be read. */
  touches(path: Path): boolean {
    return (
      this.inPlan.touches(path) || this.inText.touches(this.expansion.written(path)) || this.expansion.isLost(path)
    );
  }

  /** The names in a section, also of entries that could not be read; undefined if one of them may be any name. */
  namesIn(section: string, data: unknown): ReadonlySet<string> | undefined {
    if (this.covers([section]) || this.misnamed.has(section)) return undefined;
    const map = isMap(data) ? data[section] : undefined;
    return new Set([...(isMap(map) ? Object.keys(map) : []), ...(this.lostNames.get(section) ?? [])]);
  }
}
