/** BIRD 1.6 on a host: in Calico's role, since calico-node runs a fork of it and writes its grammar. */
import type { Daemon } from './daemon.ts';
import type { Host } from './host.ts';
import { NotYet, waitFor } from './wait.ts';

export interface Bird {
  readonly daemon: Daemon;
  /** What a command of birdc prints. */
  birdc(command: string): Promise<string>;
  /** Whether the protocol of that name is established (BGP) or up (others). */
  up(protocol: string): Promise<boolean>;
  /** Puts another configuration in force, as calico-node does when something of the cluster changes. */
  reconfigure(configuration: string): Promise<void>;
}

export async function startBird(host: Host, configuration: string): Promise<Bird> {
  const folder = host.folder('bird');
  const [file, socket] = [`${folder}/bird.conf`, `${folder}/bird.ctl`];
  host.write(file, configuration);
  // A mistake in the file is told with its line, before anything runs.
  await host.must(['bird', '-p', '-c', file]);
  // -f keeps it in the foreground.
  const daemon = await host.start('bird', ['bird', '-f', '-c', file, '-s', socket, '-P', `${folder}/bird.pid`]);
  const birdc = async (command: string) => await host.must(['birdc', '-s', socket, ...command.split(' ')]);
  await waitFor(`BIRD of ${host.name} answers`, 10_000, async () => {
    const end = daemon.ended();
    if (end !== undefined) throw new Error(end);
    const { code, stderr } = await host.run(['birdc', '-s', socket, 'show', 'status']);
    return code === 0 || new NotYet(stderr);
  });
  return {
    daemon,
    birdc,
    up: async (protocol) => {
      // name  proto  table  state  since  info
      const line = (await birdc('show protocols')).split('\n').find((text) => text.split(/ +/)[0] === protocol);
      const [, kind, , state, , info = ''] = (line ?? '').trim().split(/ +/);
      return kind === 'BGP' ? info === 'Established' : state === 'up';
    },
    reconfigure: async (next) => {
      host.write(file, next);
      const said = await birdc('configure');
      if (!said.includes('Reconfigur')) throw new Error(`BIRD of ${host.name} refuses its configuration:\n${said}`);
    },
  };
}
