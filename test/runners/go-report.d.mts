/** One line of `go test -json`. */
export interface GoEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly ImportPath?: string;
  readonly Test?: string;
  readonly Output?: string;
  readonly Elapsed?: number;
  readonly FailedBuild?: string;
}

export interface GoSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Reasons of skips, each once. */
  readonly notes: readonly string[];
  /** What the failed ones printed. */
  readonly failures: readonly string[];
}

export class GoReport {
  add(line: string): string | undefined;
  summary(): GoSummary;
}
