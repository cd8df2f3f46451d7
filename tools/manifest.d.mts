/** The version that a tool's folder pins for a module or npm package, for instance `v1.36.3`. */
export type VersionOf = (module: string) => string;

interface Common {
  /** What tests and `--only` call it. */
  readonly name: string;
  /** Folder beside the manifest that pins the versions; tools that agree on all dependencies share one. */
  readonly folder: string;
  /** File name of the program in the cache, where it differs from `name`. */
  readonly binary?: string;
  /** Expected seconds on two cores with nothing compiled before. */
  readonly seconds: number;
}

/** Compiled from a Go module; `folder` holds go.mod and go.sum. */
export interface GoTool extends Common {
  readonly source: 'go';
  /** Module whose version is the tool's version. */
  readonly module: string;
  /** The main package; it also stands in a `tool` line of go.mod. */
  readonly package: string;
  /** Linker flags beyond those of every build. */
  readonly ldflags?: (versionOf: VersionOf) => readonly string[];
}

/** Taken out of an npm package; `folder` holds package.json and package-lock.json. */
export interface NpmTool extends Common {
  readonly source: 'npm';
  /** The package for this machine. */
  readonly package: string;
  /** The program inside the package. */
  readonly file: string;
}

export type Tool = GoTool | NpmTool;

export interface SystemPackage {
  /** Debian's name. */
  readonly name: string;
  /** All of these on the PATH (or in a sbin folder) prove it. */
  readonly commands?: readonly string[];
  /** Any of these proves it. */
  readonly files?: readonly string[];
  readonly why: string;
}

export const tools: readonly Tool[];
export const systemPackages: readonly SystemPackage[];
