/**
 * Rules about the API server's own address or name, `kubernetes.endpoint`. A node that has no way to an address elsewhere has no
 * default route, which is a finding of its own (reachability/default-route).
 */
import { Address } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { specialRange } from './special-ranges.ts';
import { subnetsOf } from './view/subnets.ts';
import { hostsOf, type Host } from './view/topology.ts';

const AT = ['kubernetes', 'endpoint'];

function addressOf({ plan }: CheckedPlan): Address | undefined {
  const host = plan.kubernetes?.endpoint?.host;
  return host instanceof Address ? host : undefined;
}

function controlPlanesOf({ plan }: CheckedPlan): string[] {
  return entries(plan.nodes).flatMap(([name, { roles }]) => (roles?.includes('control-plane') ? [name] : []));
}

function isControlPlane(checked: CheckedPlan, { kind, path }: Host): boolean {
  return kind === 'node' && controlPlanesOf(checked).some((name) => name === path[1]);
}

function* inRange(checked: CheckedPlan): Iterable<Violation> {
  const address = addressOf(checked);
  if (!address) return;
  const special = specialRange(address);
  const holder = subnetsOf(checked).find(({ kind, addresses }) => kind !== 'network' && addresses.contains(address));
  const problem = special
    ? `${String(address)} is in ${String(special[0])}, which ${special[1]}`
    : holder &&
      `${String(address)} is an address of ${holder.what} ${String(holder.addresses)}: it works in the running cluster only, which cannot start without it`;
  if (problem !== undefined) yield { at: AT, problem: `the API server's address ${problem}` };
}

/** Routers and reserved devices may be load balancers. */
function* otherOwner(checked: CheckedPlan): Iterable<Violation> {
  const address = addressOf(checked);
  if (!address) return;
  const owners = hostsOf(checked).filter((host) => host.kind !== 'endpoint' && host.address.equals(address));
  if (owners.some(({ kind }) => kind === 'router' || kind === 'reserved')) return;
  const [owner] = owners;
  if (owner && !isControlPlane(checked, owner))
    yield {
      at: AT,
      problem: `the API server's address ${String(address)} is that of ${owner.who}, which is no control plane`,
    };
}

function* oneNode(checked: CheckedPlan): Iterable<Violation> {
  const address = addressOf(checked);
  const controlPlanes = controlPlanesOf(checked);
  if (!address || controlPlanes.length < 2) return;
  const owner = hostsOf(checked).find((host) => host.kind === 'node' && host.address.equals(address));
  if (owner && isControlPlane(checked, owner))
    yield {
      at: AT,
      problem: `the API server's address ${String(address)} is that of ${owner.who}: while it is off, nobody reaches the other ${controlPlanes.length - 1 === 1 ? 'control plane' : `${controlPlanes.length - 1} control planes`}`,
    };
}

function* ownName({ plan }: CheckedPlan): Iterable<Violation> {
  const host = plan.kubernetes?.endpoint?.host;
  if (typeof host !== 'string' || !/(^|\.)(svc|cluster\.local)$/i.test(host)) return;
  yield {
    at: AT,
    problem: `${host} is a name of the cluster's own DNS, which runs only once the API server is reached`,
  };
}

export const endpointRules: readonly Rule[] = [
  {
    code: 'endpoint/in-range',
    severity: 'error',
    summary:
      "The API server's address (kubernetes.endpoint) is outside pods, services, load balancers and links, and a host address.",
    remedy: 'choose a free address on the network of the control planes, outside the DHCP range',
    check: inRange,
  },
  {
    code: 'endpoint/other-owner',
    severity: 'error',
    summary:
      "The API server's address is nobody else's, or that of a control plane or of a load balancer: a router, a reserved device.",
    remedy:
      'choose a free address on the network of the control planes; name a load balancer under reserved of its network',
    check: otherOwner,
  },
  {
    code: 'endpoint/one-node',
    severity: 'warning',
    summary: "With several control planes the API server's address is not that of one of them.",
    remedy: 'choose a free address that they share (kube-vip, keepalived, Talos), or that of a load balancer',
    check: oneNode,
  },
  {
    code: 'endpoint/name',
    severity: 'error',
    summary: "A name of the API server is not one of the cluster's own DNS.",
    remedy: 'choose a name that the DNS server of the nodes knows, such as api.home.example.net, or an address',
    check: ownName,
  },
];
