export const LEFT_OUT: RegExp;
export function leftOut(files: readonly string[]): string[];
