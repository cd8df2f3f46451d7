/** The healer, which comes when the values ask for it: what it may do, and that there is one. */
import { describe, expect, test } from '@jest/globals';
import { Testing } from 'cdk8s';
import { Healer } from '../../cdk8s/constructs/attachments/healer.ts';
import type { Manifest } from '../helm/manifests.ts';

const chart = Testing.chart();
new Healer(chart, 'healer', { namespace: 'flatlan-system', image: 'registry.invalid/node:1' });
const objects = Testing.synth(chart) as Manifest[];
const ofKind = (kind: string): Manifest | undefined => objects.find((object) => object.kind === kind);

describe('the healer', () => {
  test('runs once, also during an update: each counts its own deletions', () => {
    expect(ofKind('Deployment')?.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  test('may delete pods and write events, and nothing else', () => {
    expect(ofKind('ClusterRole')?.rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    ]);
  });
});
