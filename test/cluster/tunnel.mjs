// The API server listens on this machine's loopback, and a namespace has a loopback of its own: a port there, by a socket file.
import { connect, createServer } from 'node:net';

const [port, socket] = process.argv.slice(2);
createServer((client) => {
  const server = connect(socket);
  for (const one of [client, server]) one.on('error', () => undefined);
  client.pipe(server).pipe(client);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
