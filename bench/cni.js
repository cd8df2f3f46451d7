/**
 * `npm run bench -- cni`, `node bench/cni.js`: the node plane beside upstream's plugins, in network namespaces, as root.
 * Nothing here gates a test.
 *
 *   lan-dhcp    turn by turn with upstream's dhcp v1.9.1, on one dnsmasq, both under upstream's bridge
 *   route-fix   ADD turn by turn with upstream's sbr v1.9.1
 *
 *     node bench/cni.js            20 rounds each, about five minutes
 *     node bench/cni.js 100        100 rounds each
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const cni = join(import.meta.dirname, '..', 'cni');
const rounds = Number(process.argv[2] ?? 20);

const benches = [
  { name: 'LanDHCP', folder: './internal/landhcp' },
  { name: 'Add', folder: './internal/routefix' },
];

if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(`bench/cni.js: ${process.argv[2]} is no number of rounds\n`);
  process.exit(2);
}
for (const { name, folder } of benches) {
  // -v: a benchmark that is skipped says why.
  const args = [
    'test',
    '-run',
    '^$',
    '-bench',
    `^Benchmark${name}$`,
    '-benchtime',
    `${rounds}x`,
    '-timeout',
    '1h',
    '-v',
    folder,
  ];
  const { status } = spawnSync('go', args, { cwd: cni, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
