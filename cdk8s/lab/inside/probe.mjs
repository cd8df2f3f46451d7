// Asks a server of listen.mjs, so many times, and prints what came of each, a line each.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const { endpoint, from, timeout, times, text, broadcast } = JSON.parse(process.argv[2]);
const [, protocol, address, port] = /^(tcp|udp) (.+):(\d+)$/.exec(endpoint);

const failures = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EACCES: 'prohibited',
  EINVAL: 'unreachable',
  ECONNRESET: 'reset',
};
const failure = (/** @type {NodeJS.ErrnoException} */ error) => failures[error.code] ?? error.code ?? error.message;

/** @type {Record<string, () => Promise<string>>} */
const ask = {
  tcp: () =>
    new Promise((done) => {
      let said = '';
      const socket = connect({ host: address, port: Number(port), ...(from ? { localAddress: from } : {}) });
      const limit = setTimeout(() => end('timeout'), timeout);
      const end = (/** @type {string} */ outcome) => {
        clearTimeout(limit);
        socket.destroy();
        done(outcome);
      };
      socket.setEncoding('utf8').on('data', (part) => (said += part));
      socket.once('end', () => end(said));
      socket.once('error', (error) => end(failure(error)));
    }),
  udp: () =>
    new Promise((done) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      const limit = setTimeout(() => end('timeout'), timeout);
      const end = (/** @type {string} */ outcome) => {
        clearTimeout(limit);
        socket.close();
        done(outcome);
      };
      socket.once('error', (error) => end(failure(error)));
      socket.once('message', (message) => end(message.toString()));
      socket.bind(0, from, () => {
        if (broadcast) socket.setBroadcast(true);
        // A connected socket hears of ICMP errors; one that asks a group or a broadcast address must hear anybody.
        if (broadcast) socket.send(text, Number(port), address, (error) => error && end(failure(error)));
        else socket.connect(Number(port), address, (error) => (error ? end(failure(error)) : socket.send(text)));
      });
    }),
};

for (let time = 0; time < times; time += 1) process.stdout.write(`${await ask[protocol]()}\n`);
