/** Platforms by other names, and those that flatlan does not have: an answer of their own, and no guess. */
import { describe, expect, test } from '@jest/globals';
import { cnis } from '../../cdk8s/platforms/cnis/index.ts';
import { distributions } from '../../cdk8s/platforms/distributions/index.ts';
import { hypervisors } from '../../cdk8s/platforms/hypervisors/index.ts';
import { nodeSystems } from '../../cdk8s/platforms/node-systems/index.ts';
import { answers, answerTo } from '../../cdk8s/platforms/other-names.ts';
import { routers } from '../../cdk8s/platforms/routers/index.ts';
import { errorsOf, flatBgp } from '../plan/plans.ts';
import { changed } from '../plans/fixtures.ts';

const tables = {
  distribution: distributions,
  software: routers,
  os: nodeSystems,
  host: hypervisors,
  cni: cnis,
} as const;
const places = {
  distribution: ['distribution: kubeadm', 'distribution: '],
  software: ['software: edgeos', 'software: '],
  cni: ['mode: routed, ', 'mode: existing, cni: '],
  os: ['rancher: {', 'rancher: {os: '],
  host: ['rancher: {', 'rancher: {host: '],
} as const;

function remedy(key: keyof typeof places, word: string): string | undefined {
  const [from, to] = places[key];
  const errors = errorsOf(changed(flatBgp, from, key === 'os' || key === 'host' ? `${to}${word}, ` : `${to}${word}`));
  expect(errors.map(({ code }) => code)).toEqual(['schema/value']);
  return errors[0]?.remedy;
}

test.each([
  ['distribution', 'k0s', /^not supported: .*use k3s, rke2, kubeadm or talos$/],
  ['distribution', 'K0s', /^not supported: /],
  ['distribution', 'microk8s', /^not supported: .*use k3s/],
  ['distribution', 'kind', /^not supported: /],
  ['distribution', 'docker-desktop', /^not supported: /],
  ['software', 'mikrotik', /^write routeros$/],
  ['software', 'udm-pro', /^write unifi/],
  ['software', 'UDM Pro', /^write unifi/],
  ['software', 'usg', /^write unifi/],
  ['software', 'opn', /^write opnsense$/],
  ['software', 'OpenWrt', /^write frr/],
  ['software', 'FRITZ!Box', /^not supported: it does not speak BGP/],
  ['os', 'debian', /^write ifupdown/],
  ['os', 'Ubuntu', /^write netplan/],
  ['host', 'esxi', /^write vmware$/],
  ['host', 'libvirt', /write metal/],
  ['host', 'bare-metal', /^write metal$/],
] as const)('%s: %s', (key, word, wanted) => {
  expect(remedy(key, word)).toMatch(wanted);
});

test('a slip in a supported word is still a slip', () => {
  expect(remedy('distribution', 'k33s')).toBe('did you mean k3s?');
  expect(remedy('software', 'OPNsense')).toBe('did you mean opnsense?');
});

describe.each(Object.keys(tables) as (keyof typeof tables)[])('%s', (key) => {
  const words = answers[key].flatMap(([all]) => all.split(' '));

  test('has each word once, and none that the plan has', () => {
    expect(words).toEqual([...new Set(words)]);
    expect(words.filter((word) => word in tables[key])).toEqual([]);
    for (const word of words) expect(word).toMatch(/^[a-z0-9]+$/);
  });

  test('has answers that name words of the plan only', () => {
    for (const word of words) {
      const answer = answerTo(key, word) ?? '';
      expect(answer).toMatch(/^(write|not supported|leave) ?\S/);
      const [, first] = /^write ([a-z0-9-]+)/.exec(answer) ?? [];
      if (first !== undefined && !['the', 'what'].includes(first)) expect(Object.keys(tables[key])).toContain(first);
    }
  });
});

test('other keys have no such words', () => {
  expect(answerTo('mode', 'k0s')).toBeUndefined();
  expect(answerTo('constructor', 'name')).toBeUndefined();
});
