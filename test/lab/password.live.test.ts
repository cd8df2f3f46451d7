/**
 * Another BGP password, at the nodes first or at the router first, with FRR as router and BIRD in Calico's role, which gets its
 * new configuration as confd writes it when the Secret changes. docs/day-2.md has what this shows: sessions are down from the
 * first of the two changes until a moment after the second, whichever comes first.
 */
import { expect, jest, test } from '@jest/globals';
import { startBird, type Bird } from '../../cdk8s/lab/bird.ts';
import { startFrr, type Frr } from '../../cdk8s/lab/frr.ts';
import type { Host } from '../../cdk8s/lab/host.ts';
import { startLab } from '../../cdk8s/lab/lab.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(180_000);

interface Node {
  readonly name: string;
  readonly address: string;
  readonly block: string;
}

const nodes: readonly Node[] = [
  { name: 'n1', address: '192.0.2.11', block: '10.42.0.0/26' },
  { name: 'n2', address: '192.0.2.12', block: '10.42.0.64/26' },
];
const ROUTER = '192.0.2.1';

function forEachNode(line: (node: Node) => string): string {
  return nodes.map(line).join('');
}

const passwords = (password: string) => forEachNode(({ address }) => ` neighbor ${address} password ${password}\n`);

const routerConfiguration = `router bgp 64512
 timers bgp 3 9
${forEachNode(({ address }) => ` neighbor ${address} remote-as 64512\n`)}${passwords('before')} address-family ipv4 unicast
${forEachNode(({ address }) => `  neighbor ${address} route-reflector-client\n`)} exit-address-family
`;

/** With the times of Calico (v3.32.1, confd/etc/calico/confd/templates/bird.cfg.template). */
const nodeConfiguration = ({ address, block }: Node, password: string) => `
router id ${address};
protocol device { scan time 2; }
protocol direct { interface "eth0"; }
protocol kernel { learn; persist; scan time 2; import none; export where source = RTS_BGP; graceful restart; }
protocol static { route ${block} blackhole; }
protocol bgp r1 {
  local as 64512; neighbor ${ROUTER} as 64512;
  password "${password}";
  hold time 9; keepalive time 3;
  graceful restart; graceful restart time 10;
  connect delay time 2; connect retry time 5; error wait time 5,30;
  import all; export where source = RTS_STATIC;
}`;

describeLab('another BGP password', { programs: ['vtysh', 'bird'] }, () => {
  test.each(['nodes', 'router'] as const)('at the %s first: down at once, back once both have it', async (first) => {
    const lab = await startLab();
    try {
      const lan = await lab.segment('lan');
      const router = await lab.host('router');
      await router.join(lan, 'eth0', `${ROUTER}/24`);
      const frr: Frr = await startFrr(router, routerConfiguration);
      const birds: { node: Node; host: Host; bird: Bird }[] = [];
      for (const node of nodes) {
        const host = await lab.host(node.name);
        await host.join(lan, 'eth0', `${node.address}/24`);
        birds.push({ node, host, bird: await startBird(host, nodeConfiguration(node, 'before')) });
      }

      /** How many blocks of others each of the three has a route to, until all have as many as wanted; in milliseconds. */
      const until = async (wanted: readonly number[], atMost: number): Promise<number> => {
        const since = Date.now();
        await waitFor(`routes: ${wanted.join(', ')}`, atMost, async () => {
          const tables = [
            await router.ip('route show proto bgp'),
            ...(await Promise.all(birds.map(({ host }) => host.ip('route show proto bird')))),
          ];
          const counts = tables.map(
            (table) =>
              table.split('\n').filter((route) => route.includes(' via ') && !route.startsWith('default')).length,
          );
          return counts.join() === wanted.join() || new NotYet(counts.join(', '));
        });
        return Date.now() - since;
      };
      const atNodes = async () => {
        for (const { node, bird } of birds) await bird.reconfigure(nodeConfiguration(node, 'after'));
      };
      const atRouter = async () => {
        await frr.configure(`router bgp 64512\n${passwords('after')}`);
      };
      const [one, other] = first === 'nodes' ? [atNodes, atRouter] : [atRouter, atNodes];

      await until([2, 1, 1], 30_000);
      await one();
      // Sooner than the hold time of 9 s would end them.
      expect(await until([0, 0, 0], 20_000)).toBeLessThan(6_000);
      // Long enough for every timer to have tried: nothing gets in with the old one.
      await new Promise((go) => setTimeout(go, 12_000));
      await until([0, 0, 0], 1_000);
      await other();
      await until([2, 1, 1], 45_000);
      expect(await Promise.all(nodes.map(({ address }) => frr.established(address)))).toEqual([true, true]);
    } finally {
      await lab.stop();
    }
  });
});
