/**
 * What STEPS.md says that a node prints, asked of a real kernel: hybrid's node1 in a network namespace of its own, which
 * ends with its process. A veth stands in for each cable; what would be at its other end is node2 in a second namespace.
 *
 *     node1   eth0 --- br0 (192.168.2.50)      eth1 (192.168.3.2) ===MTU 9000=== eth1 (192.168.3.3)   node2
 */
import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { describeUnless } from '../cluster/tools.ts';
import { named } from '../../cdk8s/plan/must.ts';
import { planNetwork, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from './plans.ts';

const step = section(stepsOf(planText('hybrid')), 'Nodes');

const able = spawnSync('unshare', ['--net', 'sh', '-c', 'ip link && ping -V'], { timeout: 10_000 }).status === 0;
const lack = able
  ? undefined
  : 'network namespaces need root, and ip, ping and unshare: run as root after npm run test:setup';

const { sysctls } = named(planNetwork('hybrid').nodes, 'node1', 'node');

/** Everything but what the step under test says: cables, addresses, routes. */
const node1 = [
  'set -e',
  'ip link set lo up',
  'ip link add eth0 type veth peer name lan0 && ip link set lan0 up',
  'ip link add br0 type bridge forward_delay 0 stp_state 0 && ip link set eth0 master br0',
  'ip link set eth0 up && ip link set br0 up && ip address add 192.168.2.50/24 dev br0',
  'ip link add eth1 mtu 9000 type veth peer name far mtu 9000',
  'unshare --net sleep 30 & other=$!',
  'trap "kill $other" EXIT',
  // Until sleep has its own namespace it shares this one.
  'tries=0; while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do tries=$((tries + 1)); [ $tries -lt 5000 ]; done',
  'ip link set far netns $other',
  'nsenter --net=/proc/$other/ns/net sh -c "ip link set far name eth1 && ip address add 192.168.3.3/24 dev eth1 && ip link set eth1 up"',
  'ip link set eth1 up && ip address add 192.168.3.2/24 dev eth1',
  'ip route add default via 192.168.2.1 dev br0 metric 1024',
  'ip route add default via 192.168.3.1 dev eth1 metric 90 mtu 1500',
  'ip link add cali0 type veth peer name pod0 && ip link set cali0 up && ip link set pod0 up',
  'ip route add 192.168.7.5/32 dev cali0',
  ...Object.entries(sysctls).map(([name, value]) => `sysctl -qw ${name}=${value}`),
];

function onNode1(...lines: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('unshare', ['--net', 'sh', '-c', [...node1, ...lines].join('\n')], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  return stdout;
}

const [, commands = ''] = /```sh\n([^`]*)\n```/.exec(step) ?? [];
/** Where an answer of a pod to a device of the LAN goes. */
const answer = 'ip route get 192.168.2.77 from 192.168.7.5 iif cali0';

describeUnless(lack, 'node1 of hybrid, in a real kernel', () => {
  test.each([
    ['ip -4 -brief address show br0', ['UP', '192.168.2.']],
    ['ip -4 -brief address show eth1', ['UP', '192.168.3.2']],
    ['ip route get 9.9.9.9', ['via 192.168.3.1 dev eth1']],
    ['ip rule show', ['from 192.168.7.0/24 to 192.168.2.0/24']],
    ['sysctl -n net.ipv4.ip_forward', ['1']],
    ['ping -c 1 -M do -s 8972 192.168.3.3', ['1 received']],
  ])('%s', (command, expected) => {
    const line = step.split('\n').find((one) => one.startsWith(`- \`${command}\``)) ?? '';
    const printed = onNode1(commands, command);
    for (const word of expected) {
      expect(line).toContain(word);
      expect(printed).toContain(word);
    }
  });

  test('one byte more than the plan says does not pass whole', () => {
    expect(() => onNode1('ping -c 1 -W 1 -M do -s 8973 192.168.3.3')).toThrow(/too long|100% packet loss/i);
  });

  test('answers of pods leave by the LAN before the rule, and by the router after it', () => {
    expect(onNode1(answer)).toContain('dev br0');
    expect(onNode1(commands, answer)).toContain('via 192.168.3.1 dev eth1');
    expect(onNode1(commands, answer.replace('192.168.2.77', '9.9.9.9'))).toContain('via 192.168.3.1 dev eth1');
  });

  test('the commands may be run again but for the rule, which is there already', () => {
    const [rule = '', route = ''] = commands.split('\n');
    expect(onNode1(commands, route, 'ip rule show')).toContain('lookup 9179');
    expect(() => onNode1(commands, rule)).toThrow(/File exists/);
  });
});
