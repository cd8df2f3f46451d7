// Servers of one host. Each answers with the host's name and the address that it saw, and tells what came, a line each.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const { name, endpoints, groups } = JSON.parse(process.argv[2]);

const tell = (/** @type {object} */ what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/** @type {Record<string, (address: string, port: number) => Promise<void>>} */
const servers = {
  tcp: (address, port) =>
    new Promise((done) => {
      const server = createServer((client) => {
        client.on('error', () => undefined);
        tell({ protocol: 'tcp', port, from: client.remoteAddress });
        client.end(`${name} saw ${client.remoteAddress}`);
      });
      server.listen(port, address, () => done());
    }),
  udp: (address, port) =>
    new Promise((done) => {
      const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
      socket.on('message', (message, from) => {
        tell({ protocol: 'udp', port, from: from.address, text: message.toString() });
        socket.send(`${name} saw ${from.address}`, from.port, from.address, () => undefined);
      });
      socket.bind(port, address, () => {
        // `<group> <address of the interface>`
        for (const group of groups) socket.addMembership(...group.split(' '));
        done();
      });
    }),
};

for (const endpoint of endpoints) {
  const [, protocol, address, port] = /^(tcp|udp) (.+):(\d+)$/.exec(endpoint);
  await servers[protocol](address, Number(port));
}
tell({ ready: true });
