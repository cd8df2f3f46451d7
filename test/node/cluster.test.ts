/**
 * The charts on a real Kubernetes: two nodes with kubelet, containerd, runc and kube-proxy in namespaces of this machine,
 * in the house of the plan hybrid. Multus, the node plane, MetalLB's controller and Home Assistant's stand-in run as pods
 * from images made here. Calico's role is played: upstream's bridge and host-local give pods their addresses, BIRD
 * announces what Calico's would.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { lackOfCgroups } from '../../cdk8s/lab/cgroups.ts';
import { NAMESPACE, network } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { lackOfShared } from '../cluster/shared.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { controlTools } from './control.ts';
import { nodeReady, startHouse, type House } from './house.ts';
import { imageTools } from './images.ts';
import { nodeTools } from './node.ts';
import { homeAssistant, podsOf, rolledOut, runAgain, volume, type Pod } from './pods.ts';
import { Releases } from './releases.ts';

jest.setTimeout(600_000);

const noShared = lackOfShared();
const shared = noShared === undefined ? undefined : { reason: noShared, kernel: false };
const needs = {
  programs: ['vtysh', 'bird', 'dnsmasq', 'runc'],
  tools: [...controlTools, ...nodeTools, ...imageTools],
  lacks: [lackOfCgroups(), shared],
};

describeLab('a cluster of two nodes with the charts on it', needs, () => {
  let house: House;
  let releases: Releases;
  let service: string;

  beforeAll(async () => {
    house = await startHouse();
    releases = new Releases(house.control);
    await house.control.apply([volume('node2')]);
    await releases.install();
  });

  afterAll(async () => {
    await house.stop();
  });

  /** What Calico's nodes do of themselves: announce the address of a Local service where its endpoint is. */
  async function announceService(): Promise<void> {
    const { spec } = await homeAssistant(house.control);
    for (const node of house.nodes) await node.announce(node.spec.name === spec.nodeName ? [service] : []);
  }

  async function leased(pod: Pod): Promise<string> {
    return await waitFor('net1 has its lease', 60_000, async () => {
      const said = await house.control.tryKubectl([
        'exec',
        '--namespace=smarthome',
        pod.metadata.name,
        '--',
        '/stand-in',
        'addresses',
      ]);
      const found = /^net1 (192\.168\.2\.\d+)\/24$/m.exec(said.stdout)?.[1];
      return found ?? new NotYet(`${said.stdout}${said.stderr}`);
    });
  }

  test('everything that Helm installed runs, and the application is reached by its LAN address', async () => {
    await rolledOut(house.control, 'deployment/metallb-controller');
    const pod = await homeAssistant(house.control);
    const address = await leased(pod);
    expect(house.dhcp.leases()).toContainEqual(expect.objectContaining({ address, name: pod.metadata.name }));
    expect(await house.ask(house.tv, `http://${address}:8123`)).toBe(`${pod.metadata.name} saw 192.168.2.77`);
  });

  test('a LoadBalancer address from MetalLB is answered through the router, with the client’s own address', async () => {
    service = await waitFor('MetalLB gives an address', 60_000, async () => {
      const found = await house.control.get<Service>('service home-assistant --namespace=smarthome');
      return found.status.loadBalancer?.ingress?.[0]?.ip ?? new NotYet(JSON.stringify(found.status));
    });
    expect(service).toMatch(/^192\.168\.6\.\d+$/);
    await announceService();
    const { metadata } = await homeAssistant(house.control);
    await waitFor('the phone reaches the service', 30_000, async () => {
      const said = await house.ask(house.phone, `http://${service}:8123`);
      return said === `${metadata.name} saw 10.99.0.50` || new NotYet(said);
    });
    expect(await house.router.ip(`route show ${service}`)).toMatch(/via 192\.168\.3\.3 dev k8s0/);
  });

  test('an upgrade rolls Multus and the node plane, and leaves running pods and their leases alone', async () => {
    const { control } = house;
    const before = await homeAssistant(control);
    const address = await leased(before);
    const old = await podsOf(control, NAMESPACE);
    await releases.upgrade(network, 'multus.resources.requests.cpu=11m', 'attachments.resources.requests.cpu=11m');
    for (const name of ['daemonset/flatlan-multus', 'daemonset/flatlan-attachments']) await rolledOut(control, name);
    const now = await podsOf(control, NAMESPACE);
    const rolled = (pods: readonly Pod[]) =>
      pods
        .filter(({ metadata }) => /^flatlan-(multus|attachments)-/.test(metadata.name))
        .map(({ metadata }) => metadata.uid);
    expect(rolled(now)).toHaveLength(4);
    expect(rolled(now).filter((uid) => rolled(old).includes(uid))).toEqual([]);

    const after = await homeAssistant(control);
    expect([after.metadata.uid, after.status.containerStatuses?.[0]?.restartCount]).toEqual([before.metadata.uid, 0]);
    expect(await leased(after)).toBe(address);
    expect(await house.ask(house.tv, `http://${address}:8123`)).toBe(`${after.metadata.name} saw 192.168.2.77`);

    // A pod that comes now is attached by the new ones.
    await control.kubectl('rollout restart deployment/home-assistant --namespace=smarthome');
    await rolledOut(control, 'deployment/home-assistant', 'smarthome');
    const next = await homeAssistant(control);
    expect(next.metadata.uid).not.toBe(before.metadata.uid);
    expect(await house.ask(house.tv, `http://${await leased(next)}:8123`)).toBe(
      `${next.metadata.name} saw 192.168.2.77`,
    );
  });

  test('a node loses its power and comes back: ready, its pods too, attached and announced', async () => {
    const { control, nodes } = house;
    const [, node2] = nodes;
    const before = await homeAssistant(control);
    expect(before.spec.nodeName).toBe('node2');
    const namespaces = [NAMESPACE, 'smarthome'];
    const pods = await Promise.all(namespaces.map((namespace) => podsOf(control, namespace)));
    await node2.powerOff();
    expect(await house.ask(house.phone, `http://${service}:8123`)).toMatch(/deadline exceeded|no route to host/);
    await node2.boot();
    await nodeReady(control, 'node2');
    for (const [index, namespace] of namespaces.entries()) {
      await runAgain(control, 'node2', namespace, pods[index] ?? []);
    }
    const after = await homeAssistant(control);
    expect(await house.ask(house.tv, `http://${await leased(after)}:8123`)).toBe(
      `${after.metadata.name} saw 192.168.2.77`,
    );
    await announceService();
    await waitFor('the phone reaches the service again', 30_000, async () => {
      const said = await house.ask(house.phone, `http://${service}:8123`);
      return said === `${after.metadata.name} saw 10.99.0.50` || new NotYet(said);
    });
  });
});

interface Service {
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}
