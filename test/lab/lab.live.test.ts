/** The harness itself: what it makes is real, and nothing of it is left. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { startLab, type Lab } from '../../cdk8s/lab/lab.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { probes } from '../../cdk8s/lab/probe.ts';
import { waitFor, NotYet } from '../../cdk8s/lab/wait.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(60_000);

describeLab('a lab', {}, () => {
  let lab: Lab;
  let router: Host;
  let client: Host;
  let server: Host;

  // client 192.0.2.7 -- lan -- .1 router 198.51.100.1 -- cable -- .2 server
  beforeAll(async () => {
    lab = await startLab();
    [router, client, server] = [await lab.host('router'), await lab.host('client'), await lab.host('server')];
    const lan = await lab.segment('lan');
    await router.join(lan, 'lan0', '192.0.2.1/24');
    await client.join(lan, 'eth0', '192.0.2.7/24');
    await lab.cable(router, 'wan0', server, 'eth0');
    await router.ip('address add 198.51.100.1/24 dev wan0');
    await server.ip('address add 198.51.100.2/24 dev eth0');
    for (const [host, gateway] of [
      [client, '192.0.2.1'],
      [server, '198.51.100.1'],
    ] as const) {
      await host.ip(`route add default via ${gateway}`);
    }
  });

  afterAll(async () => {
    await lab.stop();
  });

  test('hosts begin alike, and a setting is that of one host', async () => {
    const forwarding = async (host: Host) => (await host.must(['cat', '/proc/sys/net/ipv4/ip_forward'])).trim();
    expect(await forwarding(router)).toBe('0');
    await router.sysctl({ 'net/ipv4/ip_forward': 1 });
    expect([await forwarding(router), await forwarding(client)]).toEqual(['1', '0']);
  });

  test('a setting goes by dots too, and by a slash for the dot of an interface', async () => {
    await client.ip('link add lan.7 type bridge');
    await client.sysctl({ 'net.ipv4.conf.lan/7.rp_filter': 2 });
    expect((await client.must(['cat', '/proc/sys/net/ipv4/conf/lan.7/rp_filter'])).trim()).toBe('2');
    expect(await client.ipJson('-4 address show dev eth0')).toMatchObject([{ addr_info: [{ local: '192.0.2.7' }] }]);
  });

  test('probes name the outcome, listeners whom they saw', async () => {
    const listener = await server.listen(['tcp 198.51.100.2:80', 'udp 198.51.100.2:53']);
    expect(await client.probe('tcp 198.51.100.2:80')).toBe('server saw 192.0.2.7');
    expect(await client.probe('udp 198.51.100.2:53', { text: 'where' })).toBe('server saw 192.0.2.7');
    expect(listener.heard()).toEqual([
      { protocol: 'tcp', port: 80, from: '192.0.2.7' },
      { protocol: 'udp', port: 53, from: '192.0.2.7', text: 'where' },
    ]);
    expect(await client.probe('tcp 198.51.100.2:81')).toBe('refused');
    expect(await client.probe('udp 198.51.100.2:81')).toBe('refused');
    await router.ip('route add unreachable 203.0.113.0/24');
    expect(await client.probe('tcp 203.0.113.1:80')).toBe('unreachable');
    await router.ip('route add blackhole 203.0.113.7/32');
    expect(await client.probe('tcp 203.0.113.7:80', { timeout: 300 })).toBe('timeout');
    expect(await probes(client, 3, 'tcp 198.51.100.2:80', {})).toEqual(Array(3).fill('server saw 192.0.2.7'));
    await client.ip('address add 192.0.2.8/24 dev eth0');
    expect(await client.probe('tcp 198.51.100.2:80', { from: '192.0.2.8' })).toBe('server saw 192.0.2.8');
  });

  test('datagrams to a group reach its members', async () => {
    const listener = await router.listen(['udp 0.0.0.0:5353'], ['224.0.0.251 192.0.2.1']);
    const outcome = await client.probe('udp 224.0.0.251:5353', { broadcast: true, from: '192.0.2.7' });
    expect(outcome).toBe('router saw 192.0.2.7');
    expect(listener.heard()).toMatchObject([{ protocol: 'udp', from: '192.0.2.7' }]);
  });

  test('counters are exact: what arrives, is forwarded and leaves', async () => {
    const match = 'ip daddr 198.51.100.2 icmp type echo-request';
    const counters = [
      await router.count('arriving', match),
      await router.count('forwarded', match),
      await router.count('leaving', `oifname "wan0" ${match}`),
      await router.count('leaving', `oifname "lan0" ${match}`),
    ];
    expect(await client.pings('198.51.100.2')).toBe(true);
    expect(await Promise.all(counters.map((counter) => counter.packets()))).toEqual([1, 1, 1, 0]);
  });

  test('a ruleset decides, and a packet that it drops has arrived', async () => {
    await router.nft(
      'table ip wall { chain forward { type filter hook forward priority 0; ip saddr 192.0.2.9 drop; }; }',
    );
    const arrived = await router.count('arriving', 'ip saddr 192.0.2.9');
    const left = await router.count('leaving', 'ip saddr 192.0.2.9');
    await client.ip('address add 192.0.2.9/24 dev eth0');
    expect(await client.pings('198.51.100.2', '-I', '192.0.2.9')).toBe(false);
    expect([await arrived.packets(), await left.packets()]).toEqual([1, 0]);
  });

  test('a cable is pulled', async () => {
    await lab.plugged(client, 'eth0', false);
    expect(await client.pings('192.0.2.1')).toBe(false);
    await lab.plugged(client, 'eth0', true);
    await waitFor('the client reaches the router', 5_000, async () =>
      (await client.pings('192.0.2.1')) ? true : new NotYet('no answer'),
    );
  });

  test('the file system is the machine’s own, read-only; /run is the lab’s', async () => {
    expect(await client.run(['touch', '/etc/flatlan-lab'])).toMatchObject({ code: 1 });
    client.write(`${client.folder('mine')}/file`, 'text');
    expect(await router.must(['cat', '/run/lab/client/mine/file'])).toBe('text');
    expect(readdirSync('/run')).not.toContain('lab');
    const own = await server.must(['sh', '-c', 'test ! -e /run/lab; ls /sys/class/net'], {
      before: ['mount -t tmpfs tmpfs /run', 'mount -t sysfs sysfs /sys'],
    });
    expect(own).toBe('eth0\nlo\n');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('/run/lab');
  });

  test('daemons end when asked, at the latest by force', async () => {
    const quick = await client.start('quick', ['sleep', '1000']);
    const pid = await waitFor('it runs', 5_000, () => Promise.resolve(quick.pid() || new NotYet('not yet')));
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toMatch(/sleep|nsenter/);
    await quick.stop();
    expect([quick.ended(), quick.crashed()]).toEqual([expect.stringContaining('SIGTERM'), undefined]);

    const deaf = await client.start('deaf', ['sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 1000; done']);
    await waitFor('it is deaf', 5_000, () => Promise.resolve(deaf.log() === 'deaf\n' || new NotYet(deaf.log())));
    await deaf.stop();
    expect(deaf.ended()).toContain('SIGKILL');
  });

  test('a failing command is named with its host and what it said', async () => {
    await expect(client.must(['ip', 'route', 'add', 'nonsense'])).rejects.toThrow(
      /^ip route add nonsense on client ended with 1\n.*nonsense/,
    );
    await expect(lab.host('Router')).rejects.toThrow('"Router" cannot be a name in the lab');
    await expect(client.run(['sleep', '10'], { timeout: 100 })).rejects.toThrow('did not end within 100 ms');
  });
});
