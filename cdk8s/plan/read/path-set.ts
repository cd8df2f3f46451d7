/** A set of paths of a plan, kept as a tree. */
import type { Path } from '../finding.ts';

interface Branch {
  member: boolean;
  readonly children: Map<string, Branch>;
}

export class PathSet {
  private readonly root: Branch = { member: false, children: new Map() };

  add(path: Path): void {
    let branch = this.root;
    for (const key of path) {
      const name = String(key);
      let next = branch.children.get(name);
      if (!next) {
        next = { member: false, children: new Map() };
        branch.children.set(name, next);
      }
      branch = next;
    }
    branch.member = true;
  }

  /** The path or a path above it is in the set. */
  covers(path: Path): boolean {
    return this.walk(path) === 'inside';
  }

  /** The path, a path above it or a path below it is in the set. */
  touches(path: Path): boolean {
    return this.walk(path) !== 'apart';
  }

  private walk(path: Path): 'inside' | 'around' | 'apart' {
    let branch = this.root;
    for (const key of path) {
      if (branch.member) return 'inside';
      const next = branch.children.get(String(key));
      if (!next) return 'apart';
      branch = next;
    }
    return branch.member ? 'inside' : branch.children.size > 0 ? 'around' : 'apart';
  }
}
