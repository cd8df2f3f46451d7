/** Which load balancer address Home Assistant asks for, and what a volume of another owner takes. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeAssistantValues } from '../../cdk8s/constructs/home-assistant/values.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
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

  test('asks for the address of the plan, with the policy of its pool', () => {
    const asked = (text: string, address: string) => {
      const { homeAssistant } = networkOf(
        changed(text, 'timeZone: Eur', `loadBalancerIP: ${address}, timeZone: Eur`),
      ).apps;
      if (!homeAssistant) throw new Error('the plan has no Home Assistant');
      const { service, serviceAnnotations } = homeAssistantValues(homeAssistant);
      return [service?.externalTrafficPolicy, serviceAnnotations];
    };
    const annotation = (address: string) => ({ 'metallb.io/loadBalancerIPs': address });
    expect(asked(planText('hybrid'), '192.168.6.10')).toEqual(['Local', annotation('192.168.6.10')]);
    expect(asked(attached, '10.65.1.10')).toEqual(['Local', annotation('10.65.1.10')]);
    // Announced at another site than its pods run at.
    expect(asked(attached, '10.65.2.10')).toEqual(['Cluster', annotation('10.65.2.10')]);
    expect(asked(sites, '10.65.2.10')).toEqual(['Cluster', annotation('10.65.2.10')]);
  });

  test('of several pools of its router asks for the first that is given automatically', () => {
    const pools = '{dmz: {subnet: 10.44.0.0/26, autoAssign: false}, web: {subnet: 10.44.1.0/26}}';
    const text = changed(
      planText('hybrid'),
      /loadBalancers: .*/.exec(planText('hybrid'))?.[0] ?? '',
      `loadBalancers: ${pools}`,
    );
    expect(serviceOf(text)).toEqual(['Local', 'web']);
  });
});

describe('a volume of another owner', () => {
  const capabilities = (text: string) => {
    const { homeAssistant } = networkOf(text).apps;
    return homeAssistant && homeAssistantValues(homeAssistant).capabilities;
  };

  test('takes one capability, which the plan asks for', () => {
    const text = readFileSync(join(import.meta.dirname, '../fixtures/cases/26-home-assistant-owner.yaml'), 'utf8');
    expect(capabilities(text)).toBeUndefined();
    expect(capabilities(changed(text, 'mac: "02', 'storage: {otherOwner: false}, mac: "02'))).toBeUndefined();
    const restored = changed(text, 'mac: "02', 'storage: {otherOwner: true}, mac: "02');
    expect(capabilities(restored)).toEqual(['DAC_OVERRIDE']);
    expect(stepsText(networkOf(text))).toContain('Add `storage: {otherOwner: true}` to the plan');
    expect(stepsText(networkOf(restored))).not.toContain('otherOwner');
  });
});
