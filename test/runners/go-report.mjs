/**
 * Counts what `go test -json` reports (go doc test2json). A test with subtests is their sum and is not counted itself,
 * unless it fails while all of them pass. A package that cannot be built or that dies counts as one failure.
 */

/** @import { GoEvent, GoSummary } from './go-report.d.mts' */

export class GoReport {
  /** @type {Map<string, { action: string, output: string[] }>} */
  #tests = new Map();
  /** @type {Map<string, string[]>} */
  #packageOutput = new Map();
  /** @type {Map<string, string[]>} */
  #builds = new Map();
  /** @type {string[]} */
  #brokenPackages = [];
  /** @type {string[]} */
  #stray = [];

  /**
   * Takes one line; what is no event (Go's own errors) is kept and shown.
   *
   * @param {string} line
   * @returns {string | undefined} a line of progress
   */
  add(line) {
    if (line.trim() === '') return undefined;
    /** @type {GoEvent} */
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      this.#stray.push(line);
      return undefined;
    }
    return event.Test === undefined ? this.#addPackage(event) : this.#addTest(event, event.Test);
  }

  /** @param {GoEvent} event @param {string} name */
  #addTest(event, name) {
    const key = `${event.Package} ${name}`;
    const test = this.#tests.get(key) ?? { action: 'run', output: [] };
    this.#tests.set(key, test);
    if (event.Action === 'output') test.output.push(event.Output ?? '');
    if (['pass', 'fail', 'skip'].includes(event.Action)) test.action = event.Action;
    return undefined;
  }

  /** @param {GoEvent} event */
  #addPackage(event) {
    const name = event.Package ?? event.ImportPath ?? '';
    switch (event.Action) {
      case 'build-output':
        append(this.#builds, name, event.Output);
        return undefined;
      case 'output':
        append(this.#packageOutput, name, event.Output);
        return undefined;
      case 'fail':
        if (event.FailedBuild) this.#packageOutput.set(name, this.#builds.get(event.FailedBuild) ?? []);
        if (this.#failed(name).length === 0) this.#brokenPackages.push(name);
        return `FAIL ${name} (${(event.Elapsed ?? 0).toFixed(1)} s)`;
      case 'pass':
        return `ok   ${name} (${(event.Elapsed ?? 0).toFixed(1)} s)`;
      default:
        return undefined;
    }
  }

  /** Leaves that failed or never ended, and parents that failed on their own. @param {string} inPackage */
  #failed(inPackage) {
    const failing = [...this.#tests].filter(
      ([key, { action }]) => key.startsWith(`${inPackage} `) && (action === 'fail' || action === 'run'),
    );
    return failing.filter(([key]) => !failing.some(([other]) => other.startsWith(`${key}/`)));
  }

  /** @returns {GoSummary} */
  summary() {
    const names = [...this.#tests.keys()];
    const parents = new Set(names.flatMap(ancestors));
    const leaves = [...this.#tests].filter(([key]) => !parents.has(key));
    const packages = new Set(names.map((key) => key.split(' ')[0] ?? ''));
    const failed = [...packages].flatMap((name) => this.#failed(name));
    // A parent that skips has no subtests or was skipped after them; its reason counts all the same.
    const skipped = leaves.filter(([, { action }]) => action === 'skip');
    return {
      passed: leaves.filter(([, { action }]) => action === 'pass').length,
      failed: failed.length + this.#brokenPackages.length,
      skipped: skipped.length,
      notes: [...new Set(skipped.map(([key, { output }]) => skipReason(key, output)))],
      failures: [
        ...failed.map(([key, { output }]) => `--- ${key}\n${output.join('')}`),
        ...this.#brokenPackages.map((name) => `--- ${name}\n${(this.#packageOutput.get(name) ?? []).join('')}`),
        ...(this.#stray.length > 0 ? [this.#stray.join('\n')] : []),
      ],
    };
  }
}

/** "p TestA/b/c" has the ancestors "p TestA" and "p TestA/b". @param {string} key */
function ancestors(key) {
  const [name = '', test = ''] = key.split(' ');
  const parts = test.split('/');
  return parts.slice(1).map((_, index) => `${name} ${parts.slice(0, index + 1).join('/')}`);
}

/** What t.Skip said, without the file and line that Go puts before it. @param {string} key @param {string[]} output */
function skipReason(key, output) {
  const said = output.map((line) => line.match(/^\s+\S+\.go:\d+: (.*)$/s)?.[1]?.trim()).filter(Boolean);
  return said.length > 0 ? `(skipped: ${said.at(-1)})` : `${key} (skipped without a reason)`;
}

/** @param {Map<string, string[]>} map @param {string} key @param {string | undefined} text */
function append(map, key, text) {
  map.set(key, [...(map.get(key) ?? []), text ?? '']);
}
