/**
 * Every form of the annotation by which a pod may ask for `default/layer2-bridge`, in the hands of the real Multus, with
 * the real agent behind it. No admission policy is in this cluster: a pod that may not is one that was made before it, or
 * that it did not see.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotationForms, besides, INSTEAD, json, NETWORKS, type AnnotationForm } from '../cluster/annotation-forms.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { describeUnless } from '../cluster/tools.ts';
import { lackOfMultus, startMultusNode, type MultusNode } from './multus-node.ts';

jest.setTimeout(240_000);

const ATTACHMENT = 'default/layer2-bridge';

/** What looks like the attachment in the eyes of a person, and not in those of Multus. */
const lookalikes: readonly (readonly [title: string, annotation: string, refusal: string])[] = [
  ['capitals', 'Default/Layer2-Bridge', 'Failed to parse'],
  ['two slashes', 'default//layer2-bridge', "failed at '/'"],
  ['a path', 'other/../default/layer2-bridge', "failed at '/'"],
  ['two interfaces', `${ATTACHMENT}@net1@net2`, "failed at '@'"],
  ['an interface that is a path', `${ATTACHMENT}@../net1`, "failed at '/'"],
  ['an interface with a space', `${ATTACHMENT}@net 1`, 'Failed to parse interface name'],
  ['an interface of 16 letters', `${ATTACHMENT}@abcdefghijklmnop`, 'Failed to parse interface name'],
  ['a space of no width', `default/\u200blayer2-bridge`, 'Failed to parse'],
  ['a dash of another script', 'default/layer2\u2010bridge', 'Failed to parse'],
  ['letters of another script', 'd\u0435fault/layer2-bridge', 'Failed to parse'],
  [
    'a bare name, which is one of the namespace of the pod',
    'layer2-bridge',
    'cannot find a network-attachment-definition',
  ],
  ['a slash and a bare name', '/layer2-bridge@net1', 'cannot find a network-attachment-definition'],
  ['both in one name of JSON', json({ name: ATTACHMENT }), "may not contain '/'"],
  [
    'a path as a name of JSON',
    json({ name: '../../default/network-attachment-definitions/layer2-bridge' }),
    "may not contain '/'",
  ],
  [
    'a path as a namespace of JSON',
    json({ namespace: 'other/../default', name: 'layer2-bridge' }),
    "may not contain '/'",
  ],
  ['JSON that is no list', '{"name":"layer2-bridge","namespace":"default"}', 'failed to parse'],
];

describeUnless(lackOfMultus, 'the forms of the annotation, as Multus takes them', () => {
  let multus: MultusNode;
  /** UIDs by name. */
  const pods = new Map<string, string>();

  const nameOf = (kind: string, namespace: string, index: number): string => `${kind}-${namespace}-${index}`;

  beforeAll(async () => {
    multus = await startMultusNode('other', 'two');
    const definition = (namespace: string, name: string) => ({
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { name, namespace },
      spec: { config: JSON.stringify({ cniVersion: '1.0.0', name, type: 'bridge', bridge: 'besides0' }) },
    });
    await multus.apply([
      ...['smarthome', 'other'].flatMap((namespace) => besides.own.map((name) => definition(namespace, name))),
      definition(besides.other.namespace, besides.other.name),
    ]);
    const named = (kind: string, namespace: string, annotations: readonly string[]) =>
      annotations.map((annotation, index) => [nameOf(kind, namespace, index), { [NETWORKS]: annotation }] as const);
    const forms = annotationForms.map(({ annotation }) => annotation);
    const alike = lookalikes.map(([, annotation]) => annotation);
    await create('smarthome', Object.fromEntries(named('form', 'smarthome', forms)));
    await create('other', Object.fromEntries([...named('form', 'other', forms), ...named('like', 'other', alike)]));
    await multus.installClusterNetwork();
    expect(await multus.gate('20s')).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    await multus.stop();
  });

  async function create(namespace: string, wanted: Parameters<MultusNode['createPods']>[1]): Promise<void> {
    for (const [name, uid] of await multus.createPods(namespace, wanted)) pods.set(name, uid);
  }

  const cni = async (command: 'ADD' | 'DEL', name: string, namespace: string) =>
    await multus.cni(command, name, pods.get(name) ?? '', namespace);

  /** Addresses of the LAN by interface. */
  async function lanOf(name: string): Promise<Map<string, string>> {
    const links = JSON.parse(await multus.inPod(name, '-json', '-4', 'address', 'show', 'scope', 'global')) as {
      ifname: string;
      addr_info: { local: string }[];
    }[];
    const all = links.flatMap(({ ifname, addr_info }) => addr_info.map(({ local }) => [ifname, local] as const));
    return new Map(all.filter(([, address]) => address.startsWith('192.168.2.')));
  }

  /** An ADD that must fail, with its message; nothing of it is left in the pod. */
  async function failedAdd(name: string, namespace: string): Promise<string> {
    const { code, stdout } = await cni('ADD', name, namespace);
    expect([code, stdout]).toEqual([1, stdout]);
    expect(await multus.inPod(name, '-brief', 'link')).toMatch(/^lo .*\n$/);
    return (JSON.parse(stdout) as { msg: string }).msg;
  }

  /** One for which the DHCP server is not even asked. */
  async function refusal(name: string, namespace: string): Promise<string> {
    const before = (await multus.leases()).split('\n');
    const said = await failedAdd(name, namespace);
    // Those of pods before it may go meanwhile.
    const added = (await multus.leases()).split('\n').filter((line) => line !== '' && !before.includes(line));
    expect(added).toEqual([]);
    return said;
  }

  /** Until the DHCP server has nothing of anybody. */
  async function givenBack(): Promise<void> {
    await waitFor('the leases are given back', 20_000, async () => {
      const text = await multus.leases();
      return text.trim() === '' || new NotYet(text);
    });
  }

  const cases = annotationForms.map((form, index): [string, AnnotationForm, number] => [form.title, form, index]);

  describe('a pod of a namespace that the plan lists gets its addresses, or Multus says why not', () => {
    test.each(cases)('%s', async (_, { interfaces, refusal: said }, index) => {
      const name = nameOf('form', 'smarthome', index);
      if (said !== undefined) {
        expect(await refusal(name, 'smarthome')).toContain(said);
        return;
      }
      const { code, stdout, stderr } = await cni('ADD', name, 'smarthome');
      expect([code, stdout, stderr]).toEqual([0, stdout, stderr]);
      const lan = await lanOf(name);
      expect([...lan.keys()]).toEqual(interfaces);
      const leases = await multus.leases();
      for (const address of lan.values()) expect(leases).toContain(` ${address} `);
      expect(await cni('DEL', name, 'smarthome')).toMatchObject({ code: 0 });
    });
  });

  describe('a pod of another namespace is refused on the node', () => {
    test.each(cases)('%s', async (_, { refusal: said }, index) => {
      expect(await refusal(nameOf('form', 'other', index), 'other')).toContain(said ?? 'add "other" to attachments');
    });

    test('in the place of the cluster network', async () => {
      await create('other', { instead: { [INSTEAD]: ATTACHMENT } });
      expect(await refusal('instead', 'other')).toContain('add "other" to attachments');
    });
  });

  describe('Multus itself refuses what only looks like it', () => {
    test.each(lookalikes.map(([title, , said], index) => [title, said, index] as const))(
      '%s',
      async (_, said, index) => {
        expect(await refusal(nameOf('like', 'other', index), 'other')).toContain(said);
      },
    );
  });

  test('a bare name is the attachment for pods of its own namespace', async () => {
    await create('default', { bare: { [NETWORKS]: 'layer2-bridge' } });
    expect(await cni('ADD', 'bare', 'default')).toMatchObject({ code: 0 });
    expect([...(await lanOf('bare')).keys()]).toEqual(['net1']);
    expect(await cni('DEL', 'bare', 'default')).toMatchObject({ code: 0 });
  });

  test('32 of them in one annotation are refused at the cap of a pod, and take no address from others', async () => {
    await givenBack();
    await create('smarthome', {
      greedy: { [NETWORKS]: Array<string>(32).fill(ATTACHMENT).join() },
      modest: { [NETWORKS]: ATTACHMENT },
    });
    const count = (what: string) =>
      readFileSync(join(multus.cluster.folder, 'dnsmasq.log'), 'utf8').split(what).length - 1;
    const [granted, released] = [count('DHCPACK('), count('DHCPRELEASE(')];
    // Multus says 999 to the runtime for whatever a plugin says, here 101; the sentence is the plugin's.
    expect(await failedAdd('greedy', 'smarthome')).toContain(
      'smarthome/greedy gets no address: it has 4 leases, as many as leasesPerPod allows',
    );
    expect(count('DHCPACK(') - granted).toBe(4);

    expect(await cni('ADD', 'modest', 'smarthome')).toMatchObject({ code: 0 });
    const [address = ''] = (await lanOf('modest')).values();
    await waitFor("the DHCP server has the other pod's lease alone", 20_000, async () => {
      const text = await multus.leases();
      const addresses = text
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[2]);
      return (addresses.length === 1 && addresses[0] === address) || new NotYet(text);
    });
    expect(count('DHCPRELEASE(') - released).toBe(4);
    expect(await cni('DEL', 'modest', 'smarthome')).toMatchObject({ code: 0 });
    await givenBack();
  });
});
