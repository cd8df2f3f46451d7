/** A host of the lab: a router, a node or a device of somebody. It has a network of its own, and files in /run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { addCounter, type Counter, type Hook } from './counter.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import type { LabGround, Segment } from './lab.ts';
import { probe, startListener, type Listener, type ProbeOptions } from './probe.ts';
import { run, type RunResult } from './program.ts';

export interface CommandOptions {
  env?: Record<string, string>;
  /** Standard input of a program that runs to its end. */
  input?: string;
  /** Milliseconds that `run` and `must` give; default 60,000. */
  timeout?: number;
  /**
   * Shell lines that run first, in mounts of the program's own: a daemon with fixed paths gets a private /run by
   * `mount -t tmpfs tmpfs /run`, one that looks at /sys/class/net a true /sys by `mount -t sysfs sysfs /sys`.
   */
  before?: readonly string[];
}

/** Where programs of a host run, and where its files are. */
export interface Place {
  /** What stands before a command that runs there. */
  readonly enter: readonly string[];
  /** Under which name this process finds a file of the place. */
  readonly path: (inside: string) => string;
}

export class Host {
  readonly name: string;
  readonly #ground: LabGround;
  readonly #place: Place;
  readonly #ports = new Map<string, string>();

  constructor(ground: LabGround, name: string, place: Place) {
    this.#ground = ground;
    this.name = name;
    this.#place = place;
  }

  /** Runs a program to its end. */
  async run(command: readonly string[], options: CommandOptions = {}): Promise<RunResult> {
    const [program = '', ...args] = this.#enter(command, options);
    const { input, timeout = 60_000 } = options;
    return await run(program, args, { env: environment(options), input, timeout });
  }

  /** As `run`, of a program that must succeed; what it printed. */
  async must(command: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options);
    if (code !== 0) throw new Error(`${command.join(' ')} on ${this.name} ended with ${code}\n${stderr}${stdout}`);
    return stdout;
  }

  /** Starts a program that runs until it is stopped or the lab ends. */
  async start(name: string, command: readonly string[], options: CommandOptions = {}): Promise<Daemon> {
    const log = this.#ground.holder.path(`/run/lab/${this.#ground.next()}-${this.name}-${name}.log`);
    const title = `${name} on ${this.name}`;
    const daemon = await startDaemon(title, this.#enter(command, options), { log, env: environment(options) });
    this.#ground.daemons.push(daemon);
    return daemon;
  }

  #enter(command: readonly string[], { before = [] }: CommandOptions): readonly string[] {
    const { enter } = this.#place;
    if (before.length === 0) return [...enter, ...command];
    const script = ['set -e', ...before, 'exec "$@"'].join('\n');
    return [...enter, 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command];
  }

  /** A cable to a switch, up, with addresses. */
  async join(segment: Segment, interfaceName: string, ...addresses: readonly string[]): Promise<void> {
    const port = await segment.plug(this.name, interfaceName);
    this.#ports.set(interfaceName, port);
    await this.ip(`link set ${interfaceName} up`);
    for (const address of addresses) await this.ip(`address add ${address} dev ${interfaceName}`);
  }

  /** The switch's port that an interface is plugged into. */
  portOf(interfaceName: string): string {
    const port = this.#ports.get(interfaceName);
    if (port === undefined) throw new Error(`${interfaceName} of ${this.name} is on no segment`);
    return port;
  }

  /** ip(8) with these words: `route add default via 192.0.2.1`. */
  async ip(words: string): Promise<string> {
    return await this.must(['ip', ...words.split(' ')]);
  }

  /** ip(8) as data: `route show`, `address show dev eth0`. */
  async ipJson<Answer>(words: string): Promise<Answer> {
    return JSON.parse(await this.must(['ip', '-json', ...words.split(' ')])) as Answer;
  }

  /**
   * Kernel settings, named as sysctl.d(5) has it: with slashes as below /proc/sys (interface names may hold dots), or with
   * dots where the first separator is one.
   */
  async sysctl(settings: Readonly<Record<string, string | number>>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) {
      await this.must(['tee', `/proc/sys/${sysctlPath(name)}`], { input: String(value) });
    }
  }

  /** Loads an nftables ruleset. One that says `flush ruleset` also takes the counters of `count` away. */
  async nft(ruleset: string): Promise<void> {
    await this.must(['nft', '--file', '-'], { input: ruleset });
  }

  /** Counts packets from now on that arrive, are forwarded or leave and match an nftables expression. */
  async count(hook: Hook, match: string): Promise<Counter> {
    return await addCounter(this, `count${this.#ground.next()}`, hook, match);
  }

  /** Whether one echo request is answered within a second. Options of ping(8): `-I`, `-M do -s 1472`. */
  async pings(address: string, ...options: readonly string[]): Promise<boolean> {
    return (await this.run(['ping', '-c1', '-W1', ...options, address])).code === 0;
  }

  /** Servers at `tcp <address>:<port>` and `udp <address>:<port>`, which say who they are and whom they saw. */
  async listen(endpoints: readonly string[], groups: readonly string[] = []): Promise<Listener> {
    return await startListener(this, endpoints, groups);
  }

  /** Asks a server of `listen`: what it said, or how it failed. */
  async probe(endpoint: string, options: ProbeOptions = {}): Promise<string> {
    return await probe(this, endpoint, options);
  }

  /** A folder of this host's own in the lab, made. */
  folder(name: string): string {
    const path = `/run/lab/${this.name}/${name}`;
    mkdirSync(this.path(path), { recursive: true });
    return path;
  }

  /** Writes a file of the lab; its path is one inside the lab, below /run. */
  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** Under which name this process finds a file of the host. */
  path(inside: string): string {
    return this.#place.path(inside);
  }
}

function environment({ env = {} }: CommandOptions): NodeJS.ProcessEnv {
  // Daemons stand in sbin, which the PATH of many users lacks.
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  return { PATH: path, HOME: '/run/tmp', TMPDIR: '/run/tmp', ...env };
}

/** Where the first separator is a dot, dots and slashes change places. */
function sysctlPath(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '.') return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
