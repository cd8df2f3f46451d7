/**
 * Exit codes, the same for every command: scripts may rely on them.
 */
export const exit = {
  ok: 0,
  /** The plan has errors. */
  findings: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Disk, permissions, missing tools; a plan file that can't be read. */
  environment: 3,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];
