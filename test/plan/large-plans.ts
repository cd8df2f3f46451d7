/** Plans of many things, as text: one thing of a house for each index. */

export function many(count: number, each: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => each(index)).join('');
}

interface Added {
  readonly app?: string;
  readonly nodes?: string;
  /** Of pods, after the mode. */
  readonly pods?: string;
  readonly attachments?: string;
  readonly interfaces?: string;
  readonly networks?: string;
  readonly routers?: string;
  readonly links?: string;
  readonly pools?: string;
}

export function house({
  app = '',
  nodes = '',
  pods = 'subnet: 172.20.0.0/16',
  attachments = '',
  interfaces = '',
  networks = '',
  routers = '',
  links = '',
  pools = '',
}: Added): string {
  return [
    'version: 1',
    'cluster: a',
    'kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}',
    `networks: {lan: {subnet: 10.0.0.0/24, gateway: 10.0.0.1, dhcp: {server: gw, range: 10.0.0.100-10.0.0.199}}${networks}}`,
    `routers: {gw: {software: frr, asn: 64512, addresses: {lan: 10.0.0.1}}${routers}}`,
    `nodes: {n1: {interfaces: {eth0: {network: lan, address: 10.0.0.11, bridge: br0}${interfaces}}}${nodes}}`,
    ...(links === '' ? [] : [`links: {${links}}`]),
    ...(pools === '' ? [] : [`loadBalancers: {${pools}}`]),
    `pods: {mode: routed, ${pods}}`,
    `attachments: {lan: {namespace: default, network: lan, addresses: dhcp}${attachments}}`,
    `apps: {home-assistant: {namespace: smarthome, attachments: [lan${app}]}}`,
  ].join('\n');
}
