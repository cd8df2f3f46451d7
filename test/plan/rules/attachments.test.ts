import { describe, expect, test } from '@jest/globals';
import { changed, findings, found } from './plan.ts';

const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';
const dhcp = [
  'gateway: 192.168.2.1}',
  'gateway: 192.168.2.1, dhcp: {server: edge, range: 192.168.2.100-192.168.2.199}}',
] as const;
const attachment = 'attachments: {lan: {namespace: default, network: lan, addresses: dhcp}}\n';

/** Node b with these further interfaces, and whatever else stands before bgp. */
function attached(interfaces: string, more = attachment, node = ''): string {
  const eth0 = 'eth0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred}';
  return changed(dhcp, [b, `b: {${node}interfaces: {${eth0}${interfaces}}}`], ['bgp:', `${more}bgp:`]);
}

const said = (text: string): string[] => found(text).filter((finding) => !finding.startsWith('platform/'));
const bridged = ', eth1: {network: lan, address: dhcp, bridge: br0}';
const app = (keys: string): string => `${attachment}apps: {home-assistant: {namespace: default, ${keys}}}\n`;

describe('attachments/not-bridged and attachments/off-network', () => {
  test('a control plane that runs no pods needs no bridge', () => {
    // Node a has the role control-plane alone.
    expect(said(attached(bridged))).toEqual([]);
  });

  test('where no node is a worker, all run pods', () => {
    expect(said(attached(bridged, attachment, 'roles: [control-plane], '))).toEqual([
      'attachments/off-network at nodes.a.interfaces',
    ]);
  });

  test('a bridge of a node that runs no pods leads nowhere', () => {
    const a = 'eth0: {network: k8s, address: 192.168.3.11';
    const text = attached('').replace(
      a,
      `eth1: {network: lan, address: dhcp, bridge: br0}, ${a}, defaultRoute: preferred`,
    );
    expect(said(text)).toEqual(['attachments/not-bridged at attachments.lan.network']);
  });

  test('the one node that is bridged is where pods are to be kept', () => {
    const c = '  c: {interfaces: {eth0: {network: k8s, address: 192.168.3.13}}}\n';
    const [finding] = findings(attached(bridged).replace('pods: {', `${c}pods: {`));
    expect(finding).toMatchObject({ code: 'attachments/off-network', severity: 'warning' });
    expect(finding?.remedy).toContain(
      "let such pods run on b only (node affinity), as the plan's apps do; or add a bridge on that network to the node",
    );
  });

  test('a node whose interfaces are missing, or could not be read, is that and nothing else', () => {
    const c = (interfaces: string): string[] =>
      said(attached(bridged).replace('pods: {', `  c: {interfaces: {${interfaces}}}\npods: {`));
    expect(c('eth0: {network: k8s, address: 192.168.3.13}')).toEqual(['attachments/off-network at nodes.c.interfaces']);
    expect(c('')).toEqual(['nodes/no-interface at nodes.c.interfaces']);
    expect(c('eth0: {network: k8s, address: 192.168.3.13}, eth1: 5')).toEqual([
      'schema/type at nodes.c.interfaces.eth1',
    ]);
  });

  test('one bridged interface of two is enough', () => {
    expect(said(attached(`, eth1: {network: lan, address: dhcp}${bridged.replace('eth1', 'eth2')}`))).toEqual([
      'nodes/two-on-network at nodes.b.interfaces.eth2',
    ]);
  });

  test('is said once a node, whatever the number of attachments', () => {
    const two = attachment.replace('}}', '}, spare: {namespace: default, network: lan, addresses: dhcp}}');
    const [first] = findings(attached(', eth1: {network: lan, address: dhcp}', two));
    expect(first).toMatchObject({ code: 'attachments/not-bridged' });
    expect(first?.problem).toContain(
      'eth1 of node b is on network lan and is not a port of a bridge: pods with attachments lan, spare cannot join the network on this node',
    );
  });

  test('waits until node, role and network can be read', () => {
    expect(said(attached(', eth1: {network: 5, address: dhcp}'))).toEqual([
      'schema/type at nodes.b.interfaces.eth1.network',
    ]);
    expect(said(attached('', attachment, 'roles: [server], '))).toEqual(['schema/value at nodes.b.roles']);
    expect(said(attached(', eth1: {network: 5, address: dhcp}', attachment, 'roles: [server], '))).toHaveLength(2);
    expect(said(attached('', attachment.replace('network: lan', 'network: lam')))).toEqual([
      'addresses/unknown-network at attachments.lan.network',
    ]);
  });
});

describe('attachments/bridge-names', () => {
  const node = (name: string, bridge: string, last: number): string =>
    `  ${name}: {interfaces: {eth0: {network: k8s, address: 192.168.3.${last}, defaultRoute: preferred}, eth1: {network: lan, address: dhcp, bridge: ${bridge}}}}\n`;
  const nodes = (...bridges: string[]): string[] =>
    said(
      changed(
        dhcp,
        [`  ${b}\n`, bridges.map((bridge, index) => node(`n${index}`, bridge, index + 20)).join('')],
        ['bgp:', `${attachment}bgp:`],
      ),
    );

  test('the name that most nodes have is the right one', () => {
    expect(nodes('br0', 'br0')).toEqual([]);
    expect(nodes('br1', 'br0', 'br0')).toEqual(['attachments/bridge-names at nodes.n0.interfaces.eth1.bridge']);
    expect(nodes('br1', 'br0')).toEqual(['attachments/bridge-names at nodes.n1.interfaces.eth1.bridge']);
  });

  test('without an attachment bridges have any name', () => {
    expect(found(changed([b, b.replace('192.168.3.12}', '192.168.3.12, bridge: br0}')]))).toEqual([]);
  });
});

describe('who takes an attachment', () => {
  test('its own namespace and those that it names', () => {
    const uses = (namespace: string, namespaces: string): string[] =>
      said(
        attached(
          bridged,
          app('attachments: [lan]')
            .replace('{namespace: default, attachments', `{namespace: ${namespace}, attachments`)
            .replace('addresses: dhcp}', `addresses: dhcp, namespaces: ${namespaces}}`),
        ),
      );
    expect(uses('default', '[]')).toEqual([]);
    expect(uses('smarthome', '[media, smarthome]')).toEqual([]);
    expect(uses('smarthome', '[media]')).toEqual(['attachments/namespace at apps.home-assistant.attachments']);
    expect(uses('smarthome', 'smarthome')).toEqual(['schema/type at attachments.lan.namespaces']);
  });

  test('of several on one network each is told of the first', () => {
    const lead = '{namespace: default, network: lan, addresses: dhcp}';
    const three = `attachments: {lan: ${lead}, second: ${lead}, third: ${lead}}\n`;
    const takes = app('attachments: [lan, second, third]').replace(attachment, three);
    const problems = findings(attached(bridged, takes)).filter(({ code }) => code === 'attachments/one-a-network');
    expect(problems.map(({ problem }) => problem)).toEqual([
      expect.stringContaining(' lan and second,'),
      expect.stringContaining(' lan and third,'),
    ]);
  });

  test('an unknown attachment is that and nothing else', () => {
    expect(said(attached(bridged, app('attachments: [lan, lam]')))).toEqual([
      'attachments/unknown at apps.home-assistant.attachments',
    ]);
    expect(
      said(changed(dhcp, ['bgp:', 'apps: {home-assistant: {namespace: default, attachments: [lan]}}\nbgp:'])),
    ).toEqual(['attachments/unknown at apps.home-assistant.attachments']);
  });
});

describe('pinned MAC addresses', () => {
  const workload = (text: string): string =>
    attached(bridged, attachment.replace('dhcp}', `dhcp, workloads: {w: {${text}}}}`));

  test.each([
    'mac: "02:f1:a7:00:00:01"',
    'mac: "02:f1:a7:00:00:01", replicas: 1, surge: 0',
    'mac: "02:f1:a7:00:00:01", replicas: 0',
    'replicas: 5, surge: 5',
    'kind: DaemonSet',
  ])('fine: %s', (text) => {
    expect(said(workload(text))).toEqual([]);
  });

  test('are unique over nodes, apps and workloads, and of one device', () => {
    const mac = 'mac: "02:f1:a7:00:00:01"';
    expect(
      said(
        workload(mac).replace('bgp:', `apps: {home-assistant: {namespace: default, attachments: [lan], ${mac}}}\nbgp:`),
      ),
    ).toEqual(['nodes/mac-duplicate at attachments.lan.workloads.w.mac']);
    expect(said(workload(mac).replace('address: dhcp, bridge', `address: dhcp, ${mac}, bridge`))).toEqual([
      'nodes/mac-duplicate at attachments.lan.workloads.w.mac',
    ]);
    expect(said(workload('mac: "03:f1:a7:00:00:01"'))).toEqual([
      'nodes/mac-unicast at attachments.lan.workloads.w.mac',
    ]);
  });

  test.each(['01:00:5e:00:00:01', '00:00:00:00:00:00'])('%s is of no device, whoever made it', (mac) => {
    expect(said(workload(`mac: "${mac}"`))).toEqual(['nodes/mac-unicast at attachments.lan.workloads.w.mac']);
  });

  test("a maker's address becomes nobody's by one bit", () => {
    const finding = findings(workload('mac: "00:15:5d:02:cb:09"')).find(
      ({ code }) => code === 'attachments/pinned-local',
    );
    expect(finding).toMatchObject({ severity: 'warning', path: ['attachments', 'lan', 'workloads', 'w', 'mac'] });
    expect(finding?.remedy).toContain('write 02:15:5d:02:cb:09');
  });

  test('an app with one that could not be read is not said to have none', () => {
    expect(said(attached(bridged, app('attachments: 5, mac: "02:f1:a7:00:00:01"')))).toEqual([
      'schema/type at apps.home-assistant.attachments',
    ]);
  });
});
