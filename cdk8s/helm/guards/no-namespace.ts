/**
 * A format string of Go: the namespace, then the values of `of`, then the first layer as `$first` of index.ts has it.
 */
export function noNamespace(of: string): string {
  return JSON.stringify(`there is no namespace %s for ${of}: upgrade %s and these values, which creates it`);
}
