/** The parts of a subchart: each is a template file of the chart and a group in dist/, by its name. */
import { Construct } from 'constructs';

export type Parts = ReadonlyMap<string, Construct>;

/** Parts that are made as they are asked for, in that order. */
export class PartsOf {
  private readonly made = new Map<string, Construct>();

  constructor(private readonly scope: Construct) {}

  part(name: string): Construct {
    const construct = new Construct(this.scope, name);
    this.made.set(name, construct);
    return construct;
  }

  get all(): Parts {
    return this.made;
  }
}
