/** The part of a CRD that becomes types: the same from a published file and from one without descriptions. */
import { describe, expect, test } from '@jest/globals';
import { canonicalCrd, type CrdFile, type CrdProject } from '../../tools/upstream-crds.mjs';

const file: CrdFile = { kind: 'Widget', plural: 'widgets', version: 'v1', sha256: '', opaque: ['affinity'] };
const project: CrdProject = {
  name: 'Widgets',
  version: 'v1.2.3',
  repository: 'example/widgets',
  path: 'crds',
  folder: 'widgets-v1.2.3',
  group: 'example.org',
  files: [file],
};

const published = `
# A comment.
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations: { controller-gen.kubebuilder.io/version: v0.19.0 }
  name: widgets.example.org
spec:
  group: example.org
  names: { kind: Widget, plural: widgets, shortNames: [w] }
  versions:
    - name: v1alpha1
      served: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: string } } } }
    - name: v1
      served: true
      additionalPrinterColumns: [{ name: Size, description: How large, jsonPath: .spec.size }]
      schema:
        openAPIV3Schema:
          description: |-
            A Widget is
            a thing.
          properties:
            apiVersion: { type: string, description: The version }
            kind: { type: string }
            metadata: { type: object }
            status: { type: object, properties: { ready: { type: boolean } } }
            spec:
              type: object
              required: [size, description]
              x-kubernetes-validations: [{ rule: self.size > 0 }]
              properties:
                size: { type: integer, format: int32, minimum: 1, default: 3, description: In metres }
                mode:
                  description: How
                  type: string
                  enum: [Slow, Fast]
                description: { description: A field of that name, type: string }
                percent:
                  anyOf: [{ type: integer }, { type: string }]
                  pattern: '^\\d+%$'
                  x-kubernetes-int-or-string: true
                labels: { type: object, additionalProperties: { type: string, maxLength: 63 } }
                parts: { type: array, maxItems: 3, items: { type: object, properties: { affinity: { properties: { deep: {} } } } } }
          required: [spec]
          type: object
`;

const stripped = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  versions:
    - schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              required: [description, size]
              properties:
                description: { type: string }
                labels: { additionalProperties: { type: string }, type: object }
                mode: { enum: [Slow, Fast], type: string }
                parts: { items: { properties: { affinity: {} }, type: object }, type: array }
                percent: { anyOf: [{ type: integer }, { type: string }] }
                size: { format: int32, type: integer }
              type: object
            metadata: { type: object }
      served: true
      name: v1
  names: { kind: Widget }
  group: example.org
`;

describe('a CRD in canonical form', () => {
  test('is one text, whoever wrote it', () => {
    const text = JSON.stringify(canonicalCrd(published, project, file));
    expect(JSON.stringify(canonicalCrd(stripped, project, file))).toBe(text);
  });

  test('has the one version, no descriptions but the field of that name, and opaque fields as any object', () => {
    expect(canonicalCrd(published, project, file)).toEqual({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.org' },
      spec: {
        group: 'example.org',
        names: { kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            schema: {
              openAPIV3Schema: {
                type: 'object',
                required: ['spec'],
                properties: {
                  metadata: { type: 'object' },
                  spec: {
                    type: 'object',
                    required: ['description', 'size'],
                    properties: {
                      description: { type: 'string' },
                      labels: { type: 'object', additionalProperties: { type: 'string' } },
                      mode: { type: 'string', enum: ['Slow', 'Fast'] },
                      parts: {
                        type: 'array',
                        items: {
                          type: 'object',
                          properties: { affinity: { type: 'object', additionalProperties: {} } },
                        },
                      },
                      percent: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
                      size: { type: 'integer', format: 'int32' },
                    },
                  },
                },
              },
            },
          },
        ],
      },
    });
  });

  test.each([
    ['another kind', { ...file, kind: 'Gadget' }, /is CustomResourceDefinition example\.org Widget/],
    ['a version that is not there', { ...file, version: 'v2' }, /does not serve v2/],
  ])('%s is refused with the place to correct', (_, wrong, message) => {
    expect(() => canonicalCrd(published, project, wrong)).toThrow(message);
    expect(() => canonicalCrd(published, project, wrong)).toThrow(/widgets\.yaml of Widgets v1\.2\.3.*tools\/imports\.config\.mjs/);
  });
});
