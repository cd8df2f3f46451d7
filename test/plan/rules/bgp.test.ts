import { describe, expect, test } from '@jest/globals';
import { changed, found, one } from './plan.ts';

describe('timers', () => {
  const timers = (text: string): string => changed(['key: password}}', `key: password}, ${text}}`]);

  test.each([
    'hold: 9, keepalive: 3',
    'hold: 3, keepalive: 1',
    'hold: 180, keepalive: 60',
    'hold: 65535, keepalive: 21845',
  ])('%s fit each other', (text) => {
    expect(found(timers(text))).toEqual([]);
  });

  test('the one that was written is to change, and the remedy is a number', () => {
    expect(one(timers('hold: 8'))).toMatchObject({
      path: ['bgp', 'hold'],
      remedy: 'raise hold to 9 or lower keepalive to 2',
    });
    expect(one(timers('keepalive: 4'))).toMatchObject({
      path: ['bgp', 'keepalive'],
      remedy: 'raise hold to 12 or lower keepalive to 3',
    });
  });
});

describe('AS numbers', () => {
  test.each(['0', '-1', '23456', '65535', '2147483648'])("%s is nobody's", (asn) => {
    expect(found(changed(['asn: 64512', `asn: ${asn}`]))).toEqual(['bgp/asn-range at routers.edge.asn']);
  });

  const second = (router: string): string[] => found(changed(['nodes:\n', `  second: ${router}\nnodes:\n`]));

  test('two routers of one network are one site and may share theirs', () => {
    expect(second('{software: frr, asn: 64512, addresses: {lan: 192.168.2.2}}')).toEqual([]);
  });

  // edge is on k8s and lan, other on lan and guests, third on guests.
  test.each([
    ['edge, other, third', 'edge', 'other', 'third'],
    ['edge, third, other', 'edge', 'third', 'other'],
    ['third, edge, other', 'third', 'edge', 'other'],
  ])('a site is all that hang together, in whatever order they stand: %s', (_, ...order) => {
    const routers: Record<string, string> = {
      edge: 'edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}',
      other: 'other: {software: frr, asn: 64512, addresses: {lan: 192.168.2.2, guests: 192.168.5.2}}',
      third: 'third: {software: frr, asn: 64512, addresses: {guests: 192.168.5.3}}',
    };
    const text = changed(
      ['routers:\n', '  guests: {subnet: 192.168.5.0/24}\nrouters:\n'],
      [`  ${routers.edge ?? ''}\n`, order.map((name) => `  ${routers[name] ?? ''}\n`).join('')],
    );
    expect(found(text)).toEqual([]);
    expect(found(text.replace('lan: 192.168.2.2, ', ''))).not.toEqual([]);
  });

  test('two that share no network may not', () => {
    expect(second('{software: frr, asn: 64512, addresses: {}}')).toEqual(['bgp/distinct-asn at routers.second.asn']);
    expect(second('{software: frr, asn: 64513, addresses: {}}')).toEqual([]);
  });
});

test('bgp/no-router gives the line to add', () => {
  const text = changed(['addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}', 'addresses: {lan: 192.168.2.1}']);
  expect(one(text)).toMatchObject({
    code: 'bgp/no-router',
    remedy:
      'add the router of network k8s with its software, asn and addresses: {k8s: 192.168.3.1}, if it speaks BGP; else those of one that does',
  });
});

test('bgp/no-router does not take a box that the plan lists as a device for the router', () => {
  const text = changed(['addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}', 'addresses: {lan: 192.168.2.1}']);
  const boxed = text.replace('gateway: 192.168.3.1', 'gateway: 192.168.3.1, reserved: {box: 192.168.3.1}');
  const { code, remedy } = one(boxed);
  expect(code).toBe('bgp/no-router');
  expect(remedy).toContain('addresses: {k8s: a free address there}: box is no router of the plan');
  expect(remedy).toContain('box then needs static routes to it');
});

test('bgp/no-password waits for the router that sessions would be with', () => {
  const router = '  edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}\n';
  const open = [', passwordSecret: {name: bgp-password, key: password}', ''] as const;
  const text = changed(['{passwordSecret', '{hold: 9, passwordSecret'], open);
  expect(found(text)).toEqual(['bgp/no-password at bgp.passwordSecret']);
  expect(found(text.replace(`routers:\n${router}`, ''))).toEqual(['bgp/no-router at routers']);
});

test('bgp/many-peers counts routers of the network that carries pods only', () => {
  const second = (address: string): string[] =>
    found(changed(['nodes:\n', `  second: {software: frr, asn: 64512, addresses: {${address}}}\nnodes:\n`]));
  expect(second('k8s: 192.168.3.2')).toEqual(['bgp/many-peers at routers.second.addresses.k8s']);
  expect(second('lan: 192.168.2.2')).toEqual([]);
});

describe('sessions between routers and nodes', () => {
  /** A hundred routers, `edge` among them, with nodes a and b and further ones. */
  const plan = (nodes: number): string => {
    const routers = Array.from(
      { length: 99 },
      (_, i) => `  r${i}: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.${150 + i}}}\n`,
    );
    return changed(
      ['nodes:\n', `${routers.join('')}nodes:\n`],
      ['  b: {', `  "c{20..${17 + nodes}}": {interfaces: {eth0: {network: k8s, address: "192.168.3.{}"}}}\n  b: {`],
    );
  };

  test('are at most ten thousand', () => {
    expect(found(plan(100))).toEqual(['bgp/many-peers at routers.r0.addresses.k8s']);
    expect(one(plan(101))).toMatchObject({
      code: 'bgp/too-many-sessions',
      path: ['routers'],
      problem:
        'the plan has 10100 BGP sessions between routers and nodes, more than 10000: each router on a network has one with each node there, such as 100 routers with 101 nodes on network k8s',
    });
  });

  test('are those of Calico only', () => {
    const bridged = plan(101)
      .replace('mode: routed, network: k8s, subnet: 10.64.0.0/18', 'mode: bridged')
      .replace(/^loadBalancers.*\n/m, '');
    expect(found(bridged).filter((line) => line.startsWith('bgp/too-many'))).toEqual([]);
  });
});
