/**
 * A lab: a network of hosts and segments on this machine, of real daemons in network namespaces. Needs root.
 *
 *     const lab = await startLab();
 *     const lan = await lab.segment('lan');                        a switch; hosts and daemons are not on it yet
 *     const router = await lab.host('router');                     a network namespace with loopback up
 *     const node = await lab.host('node1');
 *     await router.join(lan, 'eth0', '192.0.2.1/24');              a cable to the switch, up, with an address
 *     await node.join(lan, 'eth0', '192.0.2.11/24');
 *     await lab.cable(router, 'wan0', node, 'eth1');               a cable between two hosts
 *     await router.ip('route add 198.51.100.0/24 via 192.0.2.11'); any words of ip(8)
 *     await router.sysctl({ 'net/ipv4/ip_forward': 1 });           new hosts do not forward and do not filter by reverse path
 *     await router.nft(ruleset);
 *     const frr = await startFrr(router, frrConf);                 frr.ts, bird.ts, dnsmasq.ts
 *     const web = await node.listen(['tcp 192.0.2.11:80', 'udp 0.0.0.0:5353']);
 *     await router.probe('tcp 192.0.2.11:80')                      'node1 saw 192.0.2.1', 'timeout', 'refused', 'unreachable'
 *     const left = await router.count('leaving', 'oifname "eth0" udp dport 5353');      left.packets()
 *     await waitFor('the session is up', 15_000, async () => (await frr.established('192.0.2.11')) || new NotYet('...'));
 *     await lab.stop();                                            fails if a daemon had crashed or anything is left
 *
 * Whatever way this process ends, the lab ends with it and leaves nothing (holder.ts). Files of the lab lie in its own
 * /run, in memory; everything else is the machine's own, read-only.
 */
import { statSync } from 'node:fs';
import type { Daemon } from './daemon.ts';
import { Host } from './host.ts';
import { startHolder, type Holder } from './holder.ts';
import { processesIn } from './leaks.ts';
import { bootMachine, type Machine } from './machine.ts';
import { NotYet, waitFor } from './wait.ts';

/** A switch: a bridge that forwards from the first moment. It belongs to no host. */
export interface Segment {
  readonly name: string;
  /** Makes a cable to a new interface of a host, still down there; answers with the port's name. */
  plug(host: string, interfaceName: string): Promise<string>;
}

/** What hosts know of their lab. */
export interface LabGround {
  readonly holder: Holder;
  /** Everything that was started. */
  readonly daemons: { push(daemon: Daemon): unknown };
  /** A number that nothing in this lab has yet. */
  next(): number;
}

export class Lab {
  readonly #ground: LabGround;
  readonly #daemons: Daemon[] = [];
  readonly #namespaces: string[];
  /** The lab's own network namespace, where the switches stand: no host's. */
  readonly #floor: Host;

  constructor(holder: Holder) {
    let count = 0;
    this.#ground = { holder, daemons: this.#daemons, next: () => (count += 1) };
    this.#namespaces = holder.namespaces();
    this.#floor = new Host(this.#ground, 'floor', { enter: holder.enter(), path: holder.path });
  }

  async host(name: string): Promise<Host> {
    checkName(name);
    await this.#floor.must(['sh', '-c', makeHost, 'sh', name]);
    const { holder } = this.#ground;
    this.#namespaces.push(`net:[${statSync(holder.path(`/run/netns/${name}`)).ino}]`);
    return new Host(this.#ground, name, { enter: holder.enter(name), path: holder.path });
  }

  /** Takes a host away, with its cables; nothing may run on it any more. */
  async remove(host: Host): Promise<void> {
    await this.#floor.must(['ip', 'netns', 'delete', host.name]);
  }

  /** Switches a computer on that stands in a host's place: files, processes and a name of its own (machine.ts). */
  async machine(host: Host, init: string): Promise<Machine> {
    return await bootMachine(this.#ground, host, init);
  }

  async segment(name: string): Promise<Segment> {
    checkName(name);
    await this.#floor.ip(`link add ${name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`);
    await this.#floor.ip(`link set ${name} up`);
    const plug = async (host: string, interfaceName: string) => {
      const port = `port${this.#ground.next()}`;
      await this.#floor.ip(`link add ${port} type veth peer name ${interfaceName} netns ${host}`);
      await this.#floor.ip(`link set ${port} master ${name} up`);
      return port;
    };
    return { name, plug };
  }

  /** Joins two hosts, both ends up. */
  async cable(left: Host, leftName: string, right: Host, rightName: string): Promise<void> {
    await left.ip(`link add ${leftName} type veth peer name ${rightName} netns ${right.name}`);
    await left.ip(`link set ${leftName} up`);
    await right.ip(`link set ${rightName} up`);
  }

  /** Pulls a host's cable out of its segment (`false`) or puts it back. The host itself sees the carrier go. */
  async plugged(host: Host, interfaceName: string, plugged: boolean): Promise<void> {
    await this.#floor.ip(`link set ${host.portOf(interfaceName)} ${plugged ? 'up' : 'down'}`);
  }

  /** As links in /proc name them: `net:[4026532000]`. Processes are in them, or the lab has left nothing. */
  namespaces(): readonly string[] {
    return this.#namespaces;
  }

  /** Ends everything, and says what should not have been: daemons that ended by themselves, processes that are left. */
  async stop(): Promise<void> {
    const { holder } = this.#ground;
    const daemons = this.#daemons;
    const crashed = daemons.flatMap((daemon) => daemon.crashed() ?? []);
    await holder.end();
    await Promise.all(daemons.map((daemon) => daemon.goesToo()));
    await waitFor('nothing of the lab is left', 10_000, () => {
      const left = processesIn(this.#namespaces);
      return Promise.resolve(left.length === 0 || new NotYet(`still there: ${left.join(', ')}`));
    });
    if (crashed.length > 0) throw new Error(crashed.join('\n\n'));
  }
}

export async function startLab(): Promise<Lab> {
  return new Lab(await startHolder());
}

/** A new namespace takes what this machine has set (net.core.devconf_inherit_init_net): here all begin alike. */
const makeHost = `
set -e
ip netns add "$1"
ip -n "$1" link set lo up
nsenter --net="/run/netns/$1" sh -c 'cd /proc/sys/net/ipv4
echo 0 > ip_forward
for which in all default; do echo 0 > conf/$which/rp_filter; done'
`;

/** Names become names of files and of interfaces. */
function checkName(name: string): void {
  if (!/^[a-z][a-z0-9-]{0,14}$/.test(name)) {
    throw new Error(`"${name}" cannot be a name in the lab: up to 15 of a-z, 0-9 and -, the first a letter`);
  }
}
