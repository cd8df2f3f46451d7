/**
 * The charts on a real Kubernetes: two nodes with kubelet, containerd, runc and kube-proxy in namespaces of this machine,
 * in the house of the plan hybrid. Node2, where the application runs, has no address on the LAN. Multus, the node plane,
 * MetalLB's controller and Home Assistant's stand-in run as pods from images made here. Calico's role is played: upstream's
 * bridge and host-local give pods their addresses, BIRD announces what Calico's would.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { NAMESPACE, apps, network } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { kubectlPause } from './control.ts';
import { nodeReady, startHouse, type House } from './house.ts';
import { images } from './images.ts';
import { clusterNeeds } from './needs.ts';
import { containersOn, homeAssistant, podsOf, rolledOut, runAgain, volume, type Pod } from './pods.ts';
import { Releases } from './releases.ts';

jest.setTimeout(600_000);

/** Where a Service's address stands. */
const ingress = '.status.loadBalancer.ingress[0].ip';

describeLab('a cluster of two nodes with the charts on it', clusterNeeds, () => {
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

  /** The address of net1: a pod that is ready has it. */
  async function leased(pod: Pod): Promise<string> {
    const said = await house.control.kubectl(`exec --namespace=smarthome ${pod.metadata.name} -- /stand-in addresses`);
    const address = /^net1 (192\.168\.2\.\d+)\/24$/m.exec(said)?.[1];
    if (address === undefined) throw new Error(`${pod.metadata.name} has no address of the LAN:\n${said}`);
    return address;
  }

  test('everything that Helm installed runs, and the application is reached by its LAN address', async () => {
    await rolledOut(house.control, 'deployment/metallb-controller');
    const pod = await homeAssistant(house.control);
    const address = await leased(pod);
    expect(house.dhcp.leases()).toContainEqual(expect.objectContaining({ address, name: pod.metadata.name }));
    expect(await house.ask(house.tv, `http://${address}:8123`)).toBe(`${pod.metadata.name} saw 192.168.2.77`);
    const [, node2] = house.nodes;
    expect(await node2.machine.ip('-brief address show br0')).toMatch(/^br0 +UP\s*$/);
  });

  test('a LoadBalancer address from MetalLB is answered through the router, with the client’s own address', async () => {
    const { control } = house;
    await control.kubectl(
      `wait service/home-assistant --namespace=smarthome --for=jsonpath={${ingress}} --timeout=60s`,
    );
    service = await control.kubectl(`get service home-assistant --namespace=smarthome --output=jsonpath={${ingress}}`);
    expect(service).toMatch(/^192\.168\.6\.\d+$/);
    await announceService();
    const { metadata } = await homeAssistant(control);
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
    const said = await house.askDuring(house.tv, `http://${address}:8123`, async () => {
      await releases.upgrade(network, `global.nodeImage=${images.nextNode}`);
      for (const name of ['daemonset/flatlan-multus', 'daemonset/flatlan-attachments']) await rolledOut(control, name);
    });
    expect(said.length).toBeGreaterThan(20);
    expect(new Set(said)).toEqual(new Set([`${before.metadata.name} saw 192.168.2.77`]));
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

    // A pod that comes now is attached by the new ones.
    await control.kubectl('rollout restart deployment/home-assistant --namespace=smarthome');
    await rolledOut(control, 'deployment/home-assistant', 'smarthome');
    const next = await homeAssistant(control);
    expect(next.metadata.uid).not.toBe(before.metadata.uid);
    expect(await house.ask(house.tv, `http://${await leased(next)}:8123`)).toBe(
      `${next.metadata.name} saw 192.168.2.77`,
    );
  });

  test('kubelet, containerd and kube-proxy of a node die and come back: its pods do not notice', async () => {
    const { control, nodes } = house;
    const before = await homeAssistant(control);
    const address = await leased(before);
    const said = await house.askDuring(house.tv, `http://${address}:8123`, async () => {
      await nodes[1].crashDaemons();
      const healthz = 'get --raw /api/v1/nodes/node2/proxy/healthz';
      const asked = async () => {
        const { stdout, stderr } = await control.tryKubectl(healthz);
        return stdout === 'ok' || new NotYet(`${stdout}${stderr}`);
      };
      await waitFor('kubelet answers again', 60_000, asked, kubectlPause);
      await nodeReady(control, 'node2');
    });
    expect(said.length).toBeGreaterThan(10);
    expect(new Set(said)).toEqual(new Set([`${before.metadata.name} saw 192.168.2.77`]));
    const after = await homeAssistant(control);
    expect(containersOn('node2', [after])).toEqual(containersOn('node2', [before]));
    expect(await leased(after)).toBe(address);
  });

  test('a node loses its power and comes back: ready, its pods too, attached and announced', async () => {
    const { control, nodes } = house;
    const [, node2] = nodes;
    const before = await homeAssistant(control);
    expect(before.spec.nodeName).toBe('node2');
    const address = await leased(before);
    const namespaces = [NAMESPACE, 'smarthome'];
    const pods = await Promise.all(namespaces.map((namespace) => podsOf(control, namespace)));
    await node2.powerOff();
    expect(await house.ask(house.phone, `http://${service}:8123`)).toMatch(/deadline exceeded|no route to host/);
    await node2.boot();
    for (const [index, namespace] of namespaces.entries()) {
      await runAgain(control, 'node2', namespace, pods[index] ?? []);
    }
    await nodeReady(control, 'node2');
    const after = await homeAssistant(control);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(await leased(after)).toBe(address);
    expect(await house.ask(house.tv, `http://${address}:8123`)).toBe(`${after.metadata.name} saw 192.168.2.77`);
    await announceService();
    await waitFor('the phone reaches the service again', 30_000, async () => {
      const said = await house.ask(house.phone, `http://${service}:8123`);
      return said === `${after.metadata.name} saw 10.99.0.50` || new NotYet(said);
    });
  });

  test('an application that is uninstalled gives its addresses back, to dnsmasq and to MetalLB', async () => {
    const { control, dhcp } = house;
    const pool = `get ipaddresspools.metallb.io load-balancers --namespace=${NAMESPACE}`;
    const assigned = async () => await control.kubectl(`${pool} --output=jsonpath={.status.assignedIPv4}`);
    expect([await assigned(), dhcp.leases().length]).toEqual(['1', 1]);
    await releases.uninstall(apps);
    const given = async () => {
      const now = [await assigned(), String(dhcp.leases().length)];
      return now.every((count) => count === '0') || new NotYet(`pool and leases: ${now.join(', ')}`);
    };
    await waitFor('nobody has an address', 60_000, given, kubectlPause);
  });
});
