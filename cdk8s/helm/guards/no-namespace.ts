import { layerPath, operators } from '../layers.ts';

/** A format string of Go: the namespace, then the values of `of`. */
export function noNamespace(of: string): string {
  return JSON.stringify(
    `there is no namespace %s for ${of}: upgrade ${operators.release} with -f ${layerPath(operators)} and these values, which creates it`,
  );
}
