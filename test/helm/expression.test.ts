import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDocument } from 'yaml';
import { Expressions } from '../../cdk8s/helm/expression.ts';
import { renderGo } from './go-template.ts';
import { hostile, leaves, maps, trees } from './hostile.ts';

/** Prints a template and renders it, read as Kubernetes does (YAML 1.1). */
function rendered(object: unknown, expressions = new Expressions(), values: Record<string, unknown> = {}): unknown {
  const doc = parseDocument(renderGo(expressions.print(object), values), { version: '1.1', strict: true });
  expect([...doc.errors, ...doc.warnings]).toEqual([]);
  return doc.toJS();
}

describe('what is no expression comes out of Helm as it went in', () => {
  test.each(hostile)('text %j', (text) => {
    expect(rendered({ before: 1, text, after: [text] })).toEqual({ before: 1, text, after: [text] });
  });

  test('numbers stay whole', () => {
    const values = { asn: 2147483647, more: 4294967295, most: Number.MAX_SAFE_INTEGER, mtu: 1500 };
    expect(new Expressions().print(values)).toBe(
      'asn: 2147483647\nmore: 4294967295\nmost: 9007199254740991\nmtu: 1500\n',
    );
  });

  test('any map of any texts, numbers, lists and maps', () => {
    fc.assert(
      fc.property(maps, (map) => {
        expect(rendered(map)).toEqual(map);
      }),
      { numRuns: 1000 },
    );
  });

  test('one object in two places stands there twice: Helm would take an anchor, people would not', () => {
    const shared = { on: ['off'] };
    const text = new Expressions().print({ a: shared, b: shared });
    expect(text).not.toMatch(/[&*]a1/);
    expect(rendered({ a: shared, b: shared })).toEqual({ a: shared, b: shared });
  });
});

describe('an expression', () => {
  test('fills its scalar and ends in toJson', () => {
    const expressions = new Expressions();
    const [name, spec] = [expressions.token('$name'), expressions.token('$value')];
    expect(expressions.print({ metadata: { name }, spec, list: [name] })).toBe(
      'metadata:\n  name: {{ $name | toJson }}\nspec: {{ $value | toJson }}\nlist:\n  - {{ $name | toJson }}\n',
    );
  });

  test('puts any value in its place, whatever stands around it', () => {
    fc.assert(
      fc.property(maps, trees, fc.array(leaves, { maxLength: 3 }), (around, value, list) => {
        const expressions = new Expressions();
        const token = expressions.token('$value');
        const object = { around, value: token, list: [...list, token, { deep: token }] };
        const expected = { around, value, list: [...list, value, { deep: value }] };
        expect(rendered(object, expressions, { $value: value })).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('of many, each stands for its own value', () => {
    const expressions = new Expressions();
    const names = Array.from({ length: 120 }, (_, index) => `$v${index}`);
    const object = { list: names.map((name) => expressions.token(name)) };
    const values = Object.fromEntries(names.map((name, index) => [name, index]));
    expect(rendered(object, expressions, values)).toEqual({ list: names.map((_, index) => index) });
  });

  test('is no key of a map', () => {
    const expressions = new Expressions();
    const token = expressions.token('$name');
    expect(() => expressions.print({ labels: { [token]: 'x' } })).toThrow(/an expression cannot be a key/);
    expect(() => expressions.print({ labels: { [`a-${token}`]: 'x' } })).toThrow(/an expression cannot be a key/);
    expect(() => expressions.print({ '{{ .Values.x }}': 'x' })).toThrow(
      'an expression cannot be a key: {{ .Values.x }}',
    );
  });

  test('has no text around it', () => {
    const expressions = new Expressions();
    const token = expressions.token('$name');
    for (const text of [`${token}-lock`, `a ${token}`, `${token}${token}`, `${token}\n`])
      expect(() => expressions.print({ name: text })).toThrow(/an expression must fill the whole value/);
  });

  test('of another template is no expression here', () => {
    const token = new Expressions().token('$name');
    expect(() => new Expressions().print({ name: token })).toThrow('token 0 is none of this template');
  });
});
