import { operators } from '../layers.ts';

/** A format of Go's: the namespace, then what stands in `of`. */
export function noNamespace(of: string): string {
  return JSON.stringify(
    `there is no namespace %s, where ${of} goes: upgrade ${operators.release} with -f layers/${operators.name}.yaml and these values, which makes it`,
  );
}
