/** Which load balancer address Home Assistant asks for, where pools belong to sites. */
import { describe, expect, test } from '@jest/globals';
import { homeAssistantValues } from '../../cdk8s/constructs/home-assistant/values.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';

const POOL = 'metallb.io/address-pool';

function serviceOf(text: string): readonly [policy: string | undefined, pool: string | undefined] {
  const { homeAssistant } = networkOf(text).apps;
  if (!homeAssistant) throw new Error('the plan has no Home Assistant');
  const { service, serviceAnnotations } = homeAssistantValues(homeAssistant);
  return [service?.externalTrafficPolicy, serviceAnnotations?.[POOL]];
}

const sites = `${planText('multi-site')}apps:\n  home-assistant: {namespace: smarthome, timeZone: Europe/Berlin}\n`;
const quiet = changed(sites, '192.168.12.1, clients: true}', '192.168.12.1, clients: true, reach: site}');
const attached = sites
  .replaceAll('{network: home-a-k8s,', '{bridge: br0, network: home-a-k8s,')
  .replace('apps:\n', 'attachments:\n  lan: {namespace: smarthome, network: home-a-k8s, addresses: dhcp}\napps:\n')
  .replace('{namespace: smarthome, timeZone', '{namespace: smarthome, attachments: [lan], timeZone')
  .replace('dns: [10.71.0.1]}', 'dns: [10.71.0.1], dhcp: {server: home-a, range: 10.71.0.100-10.71.0.199}}');

describe("Home Assistant's Service", () => {
  test('with one pool for all leaves the choice to MetalLB', () => {
    expect(serviceOf(planText('hybrid'))).toEqual(['Local', undefined]);
  });

  test('asks for the pool of the site that it runs at', () => {
    expect(serviceOf(attached)).toEqual(['Local', 'home-a']);
  });

  test('is passed on between sites where it may run at several, since a pool is announced at one', () => {
    expect(serviceOf(sites)).toEqual(['Cluster', undefined]);
  });

  test('names a pool where MetalLB gives none out by itself', () => {
    expect(serviceOf(quiet)).toEqual(['Cluster', undefined]);
    const apart = sites.replaceAll('clients: true}', 'clients: true, reach: site}');
    expect(serviceOf(apart)).toEqual(['Cluster', 'home-a']);
  });
});
