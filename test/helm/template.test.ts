import { describe, expect, test } from '@jest/globals';
import { ApiObject, App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { DO_NOT_EDIT } from '../../cdk8s/banner.ts';
import { annotate } from '../../cdk8s/constructs/labels.ts';
import { TemplateSource } from '../../cdk8s/helm/template.ts';

interface Values {
  readonly spec?: { readonly asn: number };
  readonly peers?: Readonly<Record<string, { readonly ip: string }>>;
  readonly unused?: string;
}

function scope(): Construct {
  return new Chart(new App(), 'chart', { disableResourceNameHashes: true });
}

function thing(at: Construct, id: string, name: string, spec: unknown, metadata: object = {}): ApiObject {
  return new ApiObject(at, id, { apiVersion: 'v1', kind: 'Thing', metadata: { name, ...metadata }, spec });
}

const header = `{{- /* ${DO_NOT_EDIT} */ -}}\n`;
const labels = (indent: string): string =>
  [
    'labels:',
    '  app.kubernetes.io/instance: {{ $.Release.Name | toJson }}',
    '  app.kubernetes.io/managed-by: {{ $.Release.Service | toJson }}',
  ]
    .map((line) => `${indent}${line}\n`)
    .join('');

describe('a template file', () => {
  test('stands in one `with` for a value that may be absent', () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    source.given(root, 'spec', (at, spec) => {
      thing(at, 'object', 'default', spec);
    });
    expect(source.file(root)).toBe(
      `${header}{{- with $.Values.spec }}
---
apiVersion: v1
kind: Thing
metadata:
  name: default
${labels('  ')}spec: {{ $.Values.spec | toJson }}
{{- end }}
`,
    );
  });

  test('stands in one `range` for each value of a map', () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    source.each(root, 'peers', (at, name, peer) => {
      thing(at, 'object', name, peer);
    });
    expect(source.file(root)).toBe(
      `${header}{{- range $name, $value := $.Values.peers }}
---
apiVersion: v1
kind: Thing
metadata:
  name: {{ $name | toJson }}
${labels('  ')}spec: {{ $value | toJson }}
{{- end }}
`,
    );
  });

  test('holds every object of a block, in the order of the constructs', () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    const block = source.block(root, 'block', 'if $.Values.on');
    for (const name of ['z', 'a', 'm']) thing(new Construct(block, name), 'object', name, {});
    const text = source.file(root);
    expect(text.match(/^ {2}name: .*$/gm)).toEqual(['  name: z', '  name: a', '  name: m']);
    expect(text.match(/^---$/gm)).toHaveLength(3);
    expect(text.match(/\{\{- (if|end).*\}\}/g)).toEqual(['{{- if $.Values.on }}', '{{- end }}']);
  });

  test('has the part that is asked for and no other', () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    const parts = ['one', 'two'].map((name) => new Construct(root, name));
    for (const part of parts) thing(part, 'object', part.node.id, {});
    const [one] = parts;
    if (!one) throw new Error('no part');
    expect(source.file(one)).toContain('name: one');
    expect(source.file(one)).not.toContain('two');
  });

  test("keeps an object's own labels beside Helm's", () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    thing(root, 'object', 'x', {}, { labels: { 'app.kubernetes.io/part-of': 'flatlan' } });
    expect(source.file(root)).toContain(
      '  labels:\n    app.kubernetes.io/part-of: flatlan\n    app.kubernetes.io/instance: {{ $.Release.Name | toJson }}\n',
    );
  });

  test('takes names, namespace and what keeps an object from the release', () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    const { namespace, keep } = source.release;
    const object = new ApiObject(root, 'object', {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: source.release.named('lock'), namespace },
      spec: source.at('a.b'),
    });
    annotate(object, keep);
    const text = source.file(root);
    expect(text).toContain('  name: {{ printf "%s-lock" $.Release.Name | toJson }}\n');
    expect(text).toContain('  namespace: {{ $.Release.Namespace | toJson }}\n');
    expect(text).toContain(
      '  annotations: {{ ternary dict (dict "helm.sh/resource-policy" "keep") $.Values.global.allowUninstall | toJson }}\n',
    );
    expect(text).toContain('spec: {{ $.Values.a.b | toJson }}\n');
  });

  test("refuses a name that is made of an expression and a text: it is the release's to make", () => {
    const source = new TemplateSource<Values>();
    const root = scope();
    thing(root, 'object', `${source.release.namespace}-x`, {});
    expect(() => source.file(root)).toThrow(/an expression must fill the whole value/);
  });
});
