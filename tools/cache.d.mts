import type { GoTool, Tool } from './manifest.d.mts';

export interface ToolState {
  /** As pinned, for instance `v1.36.3`; undefined where no package exists for this kind of machine. */
  readonly version: string | undefined;
  /** Name of its folder: tool, version and hash of what decides the build. */
  readonly key: string;
  readonly folder: string;
  /** Path of the program, present or not. */
  readonly program: string;
  readonly present: boolean;
}

export function cacheFolder(env?: NodeJS.ProcessEnv): string;
export function moduleFolder(tool: { readonly folder: string }): string;
export function toolNamed(name: string): Tool;
export function toolState(tool: Tool, env?: NodeJS.ProcessEnv): ToolState;

export const goBuildFlags: readonly string[];
export function goLdflags(tool: GoTool): string;
