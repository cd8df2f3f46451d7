export function withDigests(text: string, digestOf: (image: string, key: string) => string): string;
export function writeChart(out: string, digestOf: (image: string, key: string) => string): void;
