/** What jq makes of the settings by the command of STEPS.md is the conflist of the node, byte for byte. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { bridgeSettings, conflistText } from '../../cdk8s/constructs/bridge/conflist.ts';
import { goJson } from '../../cdk8s/go-json.ts';
import { ONE_NODE } from '../../cdk8s/steps/bridged.ts';
import { anyNetworkOf, planText } from '../plans/fixtures.ts';
import { describeLab } from '../lab/describe-lab.ts';

describeLab('by hand', { programs: ['jq'] }, () => {
  const { pods } = anyNetworkOf(planText('dumb-l2'));
  if (pods.mode !== 'bridged') throw new Error('the plan has other pods');

  test.each(pods.nodes.slice(0, 5).map(({ name }) => name))('%s', (name) => {
    const input = goJson(bridgeSettings(pods));
    const made = execFileSync('jq', ['--sort-keys', '--arg', 'node', name, ONE_NODE], { input });
    expect(made.toString()).toBe(conflistText(pods, name));
  });
});
