/** Rules about keys of Calico, MetalLB and BGP in the modes that have none of them: bridged and existing. */
import { DEFAULT_HOLD, DEFAULT_KEEPALIVE } from '../bounds.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';

export function* existingKeys(checked: CheckedPlan): Iterable<Violation> {
  if (checked.plan.pods?.mode === 'existing') yield* keysOfCalico(checked, existingWords);
}

export function* bridgedKeys(checked: CheckedPlan): Iterable<Violation> {
  if (checked.plan.pods?.mode === 'bridged') yield* keysOfCalico(checked, bridgedWords);
}

/** What to do instead, by mode. */
interface Words {
  readonly mode: string;
  readonly loadBalancers: string;
  readonly advertiseServices: string;
  readonly bgp: string;
  readonly versions: string;
  readonly links: string;
  readonly loadBalancerIP: string;
}

const existingWords: Words = {
  mode: 'existing',
  loadBalancers:
    'remove loadBalancers; whatever gives Services their addresses now goes on, or give workloads an attachment',
  advertiseServices: 'remove advertiseServices; the existing network may announce them by itself',
  bgp: 'remove bgp; if the existing network speaks BGP, configure it there',
  versions: 'remove it; the existing network has its own version',
  links: 'remove links; whatever joins the sites of the existing network goes on',
  loadBalancerIP: 'remove loadBalancerIP; its address on the LAN is that of its attachment',
};

const bridgedWords: Words = {
  mode: 'bridged',
  loadBalancers: 'remove loadBalancers; devices reach a Service of type NodePort at any node, or use mode routed',
  advertiseServices: 'remove advertiseServices; devices reach a Service of type NodePort at any node',
  bgp: 'remove bgp; no router has to know pods that are on its network',
  versions: 'remove it',
  links: 'remove links; pods are on one network',
  loadBalancerIP: 'remove loadBalancerIP; devices reach its pod at its own address, or a Service of type NodePort',
};

/** Of Calico, MetalLB and BGP, of which such a mode has nothing. */
function* keysOfCalico(checked: CheckedPlan, words: Words): Iterable<Violation> {
  const refused = (at: Path, what: string, remedy: string): Violation => ({
    at,
    problem: `${what}, but with mode ${words.mode} there is no Calico, no MetalLB and no BGP of flatlan's`,
    remedy,
  });
  const { plan } = checked;
  const { passwordSecret, asn, mesh, hold, keepalive } = plan.bgp ?? {};
  if (plan.loadBalancers !== undefined)
    yield refused(['loadBalancers'], 'the plan has load balancer addresses', words.loadBalancers);
  if (plan.kubernetes?.advertiseServices === true)
    yield refused(
      ['kubernetes', 'advertiseServices'],
      'service addresses would be announced by BGP',
      words.advertiseServices,
    );
  const bgp = [
    ['passwordSecret', passwordSecret !== undefined],
    ['asn', asn !== undefined],
    ['mesh', mesh === true],
    ['hold', hold !== undefined && hold !== DEFAULT_HOLD],
    ['keepalive', keepalive !== undefined && keepalive !== DEFAULT_KEEPALIVE],
  ] as const;
  for (const [key] of bgp.filter(([, written]) => written))
    yield refused(['bgp', key], `the plan has bgp.${key}`, words.bgp);
  for (const key of ['calico', 'metallb'] as const)
    if (plan.versions?.[key] !== undefined)
      yield refused(['versions', key], `the plan has versions.${key}`, words.versions);
  for (const [name] of entries(plan.links))
    yield refused(['links', name], `link ${name} joins routers by BGP`, words.links);
  if (plan.apps?.['home-assistant']?.loadBalancerIP !== undefined)
    yield refused(
      ['apps', 'home-assistant', 'loadBalancerIP'],
      'home-assistant asks for a load balancer address',
      words.loadBalancerIP,
    );
}
