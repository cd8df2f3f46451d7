/** The objects that Flux applies, as plain data, and the files that it reads them from. */
import { DO_NOT_EDIT } from '../banner.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { yamlText } from '../yaml-text.ts';

export interface FluxObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
}

/** The name that `flux bootstrap` gives to Flux's namespace, its GitRepository and its Kustomization. */
export const FLUX = 'flux-system';

/** The repository that Flux was bootstrapped from; it holds the chart and the values too. */
export const repository = { kind: 'GitRepository', name: FLUX } as const;

/**
 * Keeps an object in the cluster when it is no longer in Git, whatever its Kustomization says about pruning
 * (fluxcd.io, "Kustomization", "Prune").
 */
export const neverPruned = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } as const;

/** A file with these objects, in this order; the comment says what they are for. */
export function fluxFile(path: string, comment: string, objects: readonly FluxObject[]): GeneratedFile {
  const documents = objects.map((object) => yamlText(object)).join('---\n');
  return { path, content: `# ${DO_NOT_EDIT} ${comment}\n${documents}` };
}
