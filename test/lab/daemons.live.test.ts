/** FRR, BIRD and dnsmasq in a lab: they run, are asked, take new configuration, refuse mistakes, and crash. */
import { beforeEach, expect, jest, test } from '@jest/globals';
import { startBird } from '../../cdk8s/lab/bird.ts';
import { startDnsmasq } from '../../cdk8s/lab/dnsmasq.ts';
import { startFrr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab, type Lab } from '../../cdk8s/lab/lab.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(90_000);

const frrConfiguration = `
ip prefix-list PODS permit 10.42.0.0/16 ge 26 le 32
router bgp 64512
 timers bgp 1 3
 neighbor 192.0.2.11 remote-as 64512
 address-family ipv4 unicast
  neighbor 192.0.2.11 prefix-list PODS in
 exit-address-family
`;

const birdConfiguration = (...blocks: string[]) => `
router id 192.0.2.11;
protocol device {}
protocol kernel { learn; import none; export none; }
protocol static { ${blocks.map((block) => `route ${block} blackhole;`).join(' ')} }
protocol bgp r1 {
  local as 64512; neighbor 192.0.2.1 as 64512;
  connect delay time 1; connect retry time 1;
  import all; export all;
}`;

describeLab('daemons in a lab', { programs: ['vtysh', 'bird', 'dnsmasq'] }, () => {
  let lab: Lab;
  let router: Host;
  let node: Host;

  beforeEach(async () => {
    lab = await startLab();
    [router, node] = [await lab.host('router'), await lab.host('node')];
    const lan = await lab.segment('lan');
    await router.join(lan, 'eth0', '192.0.2.1/24');
    await node.join(lan, 'eth0', '192.0.2.11/24');
  });

  const bgpRoutes = async () => (await router.ip('route show proto bgp')).trim().split('\n').sort();
  const until = async (routes: RegExp[]) =>
    await waitFor('the router has the routes', 20_000, async () => {
      const found = await bgpRoutes();
      const all = found.length === routes.length && routes.every((route, index) => route.test(found[index] ?? ''));
      return all || new NotYet(found.join('; '));
    });

  test('FRR learns from BIRD what its filter lets through, and forgets a node that is gone', async () => {
    try {
      const frr = await startFrr(router, frrConfiguration);
      const bird = await startBird(node, birdConfiguration('10.42.0.0/26', '10.99.0.0/24'));
      await until([/^10\.42\.0\.0\/26 .*via 192\.0\.2\.11 dev eth0/]);
      expect([await frr.established('192.0.2.11'), await bird.up('r1'), await bird.up('static1')]).toEqual(
        Array(3).fill(true),
      );
      expect(await bird.birdc('show route')).toContain('10.99.0.0/24');

      await bird.reconfigure(birdConfiguration('10.42.0.64/26'));
      await until([/^10\.42\.0\.64\/26 /]);
      // FRR asks a neighbor again only when told to.
      await frr.configure('no ip prefix-list PODS\nip prefix-list PODS permit 10.42.0.0/26\n');
      await frr.vtysh('clear bgp 192.0.2.11 soft in');
      await until([/^$/]);

      await bird.daemon.kill();
      await waitFor('the session is down', 10_000, async () =>
        (await frr.established('192.0.2.11')) ? new NotYet('still up') : true,
      );
      await expect(frr.configure('router bgp nonsense\n')).rejects.toThrow('refuses');
      await expect(bird.reconfigure('nonsense')).rejects.toThrow();
    } finally {
      await lab.stop();
    }
  });

  test('what a daemon refuses is told with its words', async () => {
    try {
      await expect(startFrr(router, 'router bgp 64512\n neighbor nobody\n')).rejects.toThrow(/refuses.*nobody/s);
      await expect(startBird(node, 'protocol nonsense {}')).rejects.toThrow(/bird\.conf:1:\d+ syntax error/);
      await expect(startDnsmasq(node, 'nonsense=1')).rejects.toThrow(/bad option at line 1/);
    } finally {
      // dnsmasq ended by itself: that is an error of its own.
      await expect(lab.stop()).rejects.toThrow(/^dnsmasq on node ended with 1.*bad option/s);
    }
  });

  test('dnsmasq answers, and a crash is told at the end', async () => {
    const dns = await startDnsmasq(
      router,
      'address=/printer.home.arpa/192.0.2.9\nno-resolv\nno-hosts\nbind-interfaces\n',
    );
    const ask = `const { Resolver } = require('node:dns').promises; const resolver = new Resolver();
      resolver.setServers(['192.0.2.1']); resolver.resolve4('printer.home.arpa').then((found) => console.log(found[0]));`;
    expect(await node.must([process.execPath, '--eval', ask])).toBe('192.0.2.9\n');
    expect(dns.leases()).toEqual([]);
    dns.daemon.signal('SIGKILL');
    await waitFor('dnsmasq is gone', 5_000, () =>
      Promise.resolve(dns.daemon.ended() !== undefined || new NotYet('it runs')),
    );
    await expect(lab.stop()).rejects.toThrow(/^dnsmasq on router ended with SIGKILL/);
  });
});
