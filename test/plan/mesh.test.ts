/** `bgp.mesh`: sessions between nodes, and what STEPS says of a router that is off with and without them. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bgpConfigurationSpec } from '../../cdk8s/constructs/calico/bgp-configuration.ts';
import { bgpPeerSpec } from '../../cdk8s/constructs/calico/bgp-peer.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from '../steps/plans.ts';
import { errorsOf } from './plans.ts';

const house = readFileSync(join(import.meta.dirname, '../fixtures/cases/valid/08-router-off.yaml'), 'utf8');
const meshed = changed(house, 'bgp: {', 'bgp: {mesh: true, ');
const together = (text: string) => section(stepsOf(text), 'Both halves');
const neighbors = ({ routers }: Network) => routers.flatMap(({ routing }) => routing.neighbors);

describe('a router that is off', () => {
  test('takes pods of other nodes away: STEPS says how long, and offers the mesh', () => {
    const text = together(house);
    expect(text).toContain('While router `gw` is off or restarts');
    expect(text).toContain('after 9 s (the hold time)');
    expect(text).toContain('`mesh: true` under `bgp`');
    expect(text).toContain('a session between the two nodes');
    expect(together(changed(house, 'bgp: {', 'bgp: {hold: 30, '))).toContain('after 30 s');
  });

  test.each([
    ['one node', changed(house, '"n{1..2}"', '"n{1..1}"'), false, false],
    ['three nodes', changed(house, '"n{1..2}"', '"n{1..3}"'), true, true],
    ['nodes of several networks, which no mesh joins', planText('multi-site'), true, false],
    ['one node a site', planText('multi-site').replace(/^ {2}a2: .*\n/m, ''), false, false],
  ])('%s', (_, text, said, offered) => {
    expect(together(text).includes('is off or restarts')).toBe(said);
    expect(together(text).includes('`mesh: true`')).toBe(offered);
  });
});

describe('the mesh', () => {
  test('is on in Calico, with the password and the restart time of the other sessions', () => {
    expect(bgpConfigurationSpec(networkOf(meshed))).toMatchObject({
      nodeToNodeMeshEnabled: true,
      nodeMeshMaxRestartTime: '10s',
      nodeMeshPassword: { secretKeyRef: { name: 'flatlan-bgp-password', key: 'password' } },
      asNumber: 64600,
    });
    const open = meshed.replace(/, passwordSecret: \{.*?\}/, '');
    expect(bgpConfigurationSpec(networkOf(open))).not.toHaveProperty('nodeMeshPassword');
  });

  test.each([
    ['not written', house],
    ['false', changed(house, 'bgp: {', 'bgp: {mesh: false, ')],
  ])('is off where it is %s', (_, text) => {
    const spec = bgpConfigurationSpec(networkOf(text));
    expect(spec.nodeToNodeMeshEnabled).toBe(false);
    expect(Object.keys(spec).filter((key) => key.startsWith('nodeMesh'))).toEqual([]);
  });

  test('takes the place of the router as who tells nodes of each other', () => {
    expect(neighbors(networkOf(meshed)).map((one) => [one.reflect, one.export])).toEqual([
      [false, []],
      [false, []],
    ]);
    expect(neighbors(networkOf(house)).map(({ reflect }) => reflect)).toEqual([true, true]);
    expect(section(stepsOf(meshed), 'Router `gw`')).toContain('they hear of the pods of others from each other');
  });

  test('with an AS number of the nodes is in that number, and no path holds it twice', () => {
    const { bgp } = networkOf(changed(meshed, 'mesh: true', 'mesh: true, asn: 64700'));
    expect(bgp.asn).toBe(64700);
    expect(bgp.sessions.map((session) => bgpPeerSpec(session, undefined).numAllowedLocalASNumbers)).toEqual([
      undefined,
    ]);
  });

  test.each([
    [2, /, one: /],
    [3, /, 3 in all, one for each pair: /],
    [5, /, 10 in all, one for each pair: /],
  ])('STEPS tells its price, for %d nodes', (nodes, sessions) => {
    const text = together(changed(meshed, '"n{1..2}"', `"n{1..${nodes}}"`));
    expect(text).toMatch(sessions);
    expect(text).toContain('up to 240 s');
    expect(text).toContain('TCP 179');
    expect(text).not.toContain('is off or restarts');
  });
});

describe('a mesh that cannot be', () => {
  test('over the networks of several sites', () => {
    const errors = errorsOf(changed(planText('multi-site'), 'bgp: {', 'bgp: {mesh: true, '));
    expect(errors.map(({ code, path }) => [code, ...path])).toEqual([['bgp/mesh-network', 'bgp', 'mesh']]);
  });

  test('over two networks of one router', () => {
    const two = changed(meshed, 'routers:\n', '  racks: {subnet: 10.20.31.0/24, gateway: 10.20.31.1}\nrouters:\n')
      .replace('{servers: 10.20.30.1}', '{servers: 10.20.30.1, racks: 10.20.31.1}')
      .replace('\npods:', '\n  r1: {interfaces: {eth0: {network: racks, address: 10.20.31.11}}}\npods:');
    expect(errorsOf(two).map(({ code }) => code)).toEqual(['bgp/mesh-network']);
    expect(errorsOf(changed(two, 'mesh: true, ', ''))).toEqual([]);
  });

  test.each([
    ['"on"', 'write true'],
    ['full', undefined],
    ['{enabled: true}', undefined],
  ])('mesh: %s', (written, remedy) => {
    const errors = errorsOf(changed(meshed, 'mesh: true', `mesh: ${written}`));
    expect(errors.map(({ path }) => path.slice(0, 2))).toEqual([['bgp', 'mesh']]);
    if (remedy !== undefined) expect(errors[0]?.remedy).toBe(remedy);
  });

  test.each(['nodeToNodeMesh: true', 'nodeMesh: true', 'meshed: true'])('another name of the key: %s', (written) => {
    expect(errorsOf(changed(meshed, 'mesh: true', written)).map(({ code }) => code)).toEqual(['schema/unknown-key']);
  });
});
