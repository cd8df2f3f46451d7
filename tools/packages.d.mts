import type { SystemPackage } from './manifest.d.mts';

export function isInstalled(wanted: SystemPackage): boolean;
export function installPackages(signal: AbortSignal, wanted?: readonly SystemPackage[]): Promise<void>;
export function withoutDaemons(work: () => Promise<void>, policy?: string): Promise<void>;
