/**
 * The template backend: values are Helm expressions. A block (`if`, `with`, `range`) holds whole objects, never parts of one:
 *
 *   {{- range $name, $value := $.Values.bgpPeers }}     <- each(scope, 'bgpPeers', body)
 *   ---
 *   kind: BGPPeer
 *   metadata: {name: {{ $name | toJson }}}
 *   spec: {{ $value | toJson }}
 *   {{- end }}
 */
import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { DO_NOT_EDIT } from '../banner.ts';
import { RESOURCE_POLICY } from '../constructs/labels.ts';
import type { Release, Source } from '../source.ts';
import { Expressions } from './expression.ts';

export class TemplateSource<Values extends object> implements Source<Values> {
  private readonly expressions = new Expressions();
  /** What opens the block around the objects below a construct. */
  private readonly blocks = new Map<IConstruct, string>();
  readonly release: Release = {
    namespace: this.expressions.token('$.Release.Namespace'),
    nodeImage: this.expressions.token('$.Values.global.nodeImage'),
    // Without the annotation, not with another value: Helm then neither keeps nor deletes (helm.sh/helm v3.22.0, pkg/action/resource_policy.go).
    keep: this.expressions.token(
      `ternary dict (dict "${RESOURCE_POLICY}" "keep") $.Values.global.allowUninstall`,
    ) as never,
    named: (suffix) => this.expressions.token(`printf "%s-${suffix}" $.Release.Name`),
  };

  value: Source<Values>['value'] = (key) => this.at(key) as never;

  field: Source<Values>['field'] = (map, key) =>
    this.expressions.token(`${this.expressions.textOf(map as unknown as string)}.${key}`) as never;

  json: Source<Values>['json'] = (map, more = {}) => {
    const text = this.expressions.textOf(map as unknown as string);
    const added = Object.entries(more).map(([key, value]) => `"${key}" ${this.expressions.textOf(value as string)}`);
    // The first map wins and is written to (sprig, "merge"), so it is a new one.
    return this.expressions.token(
      added.length === 0 ? `${text} | toJson` : `merge (dict ${added.join(' ')}) ${text} | toJson`,
    );
  };

  digest: Source<Values>['digest'] = (text) => this.expressions.token(`${this.expressions.textOf(text)} | sha256sum`);

  given: Source<Values>['given'] = (scope, key, body) => {
    body(this.block(scope, key, `with $.Values.${key}`), this.at(key) as never);
  };

  each: Source<Values>['each'] = (scope, key, body) => {
    const block = this.block(scope, key, `range $name, $value := $.Values.${key}`);
    body(block, this.expressions.token('$name'), this.expressions.token('$value') as never);
  };

  /** A scope whose objects stand in one block, opened by this action. */
  block(scope: Construct, id: string, action: string): Construct {
    const block = new Construct(scope, id);
    this.blocks.set(block, action);
    return block;
  }

  /** The value under a dotted path of the chart's values. Constructs only hand it on, so it passes for any type. */
  at(path: string): string {
    return this.expression(`$.Values.${path}`);
  }

  /** Any expression of Go's templates. */
  expression(text: string): string {
    return this.expressions.token(text);
  }

  /** A value as an operand of an expression: what stands for it, or the text itself. */
  operand(value: string): string {
    return this.expressions.isToken(value) ? this.expressions.textOf(value) : JSON.stringify(value);
  }

  /** A template file with every object below a construct, in one block if an action is given. */
  file(construct: IConstruct, action?: string): string {
    return `{{- /* ${DO_NOT_EDIT} */ -}}\n${inBlock(action, this.print(construct))}`;
  }

  private print(construct: IConstruct): string {
    const action = this.blocks.get(construct);
    const inner = ApiObject.isApiObject(construct)
      ? `---\n${this.printObject(construct)}`
      : construct.node.children.map((child) => this.print(child)).join('');
    return inBlock(action, inner);
  }

  private printObject(object: ApiObject): string {
    const manifest = object.toJson() as { metadata: { labels?: object } };
    // Helm's own labels (helm.sh, "Labels and Annotations") but helm.sh/chart, which would touch every object at each chart version.
    manifest.metadata.labels = {
      ...manifest.metadata.labels,
      'app.kubernetes.io/instance': this.expressions.token('$.Release.Name'),
      'app.kubernetes.io/managed-by': this.expressions.token('$.Release.Service'),
    };
    return this.expressions.print(manifest);
  }
}

function inBlock(action: string | undefined, text: string): string {
  return action === undefined ? text : `{{- ${action} }}\n${text}{{- end }}\n`;
}
