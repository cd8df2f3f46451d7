/** What configures a node's network where the plan does not say. */
import { expect, test } from '@jest/globals';
import { distributions } from '../../cdk8s/platforms/distributions/index.ts';
import { planWith } from '../plans/fixtures.ts';

test.each(Object.keys(distributions))('%s', (distribution) => {
  const { nodes } = planWith('flat-bgp', 'distribution: kubeadm', `distribution: ${distribution}`);
  expect(nodes.map(({ system }) => system)).toEqual([distribution === 'talos' ? 'talos' : 'networkd']);
});
