/**
 * Tests that run in a lab. Without root or a program they are skipped with the reason, and fail in CI; what only another
 * kernel can cure is skipped there too.
 */
import { describe } from '@jest/globals';
import { lackOfLab, type KernelFeature, type Lack } from '../../cdk8s/lab/ability.ts';
import { describeUnless, lackOfTools, type ToolName } from '../cluster/tools.ts';

export interface LabNeeds {
  /** Programs of Debian packages: `bird`, `vtysh`, `dnsmasq`. */
  readonly programs?: readonly string[];
  readonly kernel?: readonly KernelFeature[];
  readonly tools?: readonly ToolName[];
  /** Whatever else may be missing. */
  readonly lacks?: readonly (Lack | undefined)[];
}

export function describeLab(title: string, needs: LabNeeds, body: () => void): void {
  const { programs, kernel, tools = [], lacks = [] } = needs;
  const [lack] = [lackOfLab(programs, kernel), ...lacks].filter((one) => one !== undefined);
  if (lack?.kernel === true) describe.skip(`${title} (skipped: ${lack.reason})`, body);
  else describeUnless(lack?.reason ?? lackOfTools(tools), title, body);
}
