/** One router with a network of people and three nodes on one switch, as a plan; `bgp`: what is under that key, after its brace. */
export function threeNodes(bgp: string): string {
  return `version: 1
cluster: three-nodes
kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}
networks:
  lan: {subnet: 192.168.10.0/24, gateway: 192.168.10.1, clients: true}
  servers: {subnet: 10.20.30.0/24, gateway: 10.20.30.1}
routers:
  gw: {software: frr, asn: 64513, addresses: {lan: 192.168.10.1, servers: 10.20.30.1}}
nodes:
  "n{1..3}": {roles: [control-plane, worker], interfaces: {eth0: {network: servers, address: "10.20.30.1{}"}}}
pods: {mode: routed, subnet: 10.42.0.0/16}
loadBalancers: {subnet: 10.44.0.0/24}
bgp: {${bgp}}
`;
}
