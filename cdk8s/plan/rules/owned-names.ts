/** Rules about names in the cluster that others own: namespaces and Secrets. */
import { CALICO_NAMESPACE } from '../../platforms/calico.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';

const KUBE_SYSTEM = 'kube-system';

/** Who keeps these namespaces, and may refuse, change or delete what stands in them. */
const NAMESPACES: Readonly<Record<string, string>> = {
  [CALICO_NAMESPACE]: "the Tigera operator, whose network policies let nothing but Calico's own pods work there",
  'calico-apiserver': 'the Tigera operator',
  'tigera-operator': 'the Tigera operator',
  'flatlan-system': "flatlan's own charts",
  'flux-system': 'Flux, which removes what Git does not have',
  'metallb-system': 'MetalLB',
  [KUBE_SYSTEM]: 'Kubernetes and its distribution',
  'kube-public': 'Kubernetes: everybody may read what is there',
  'kube-node-lease': 'Kubernetes, for the heartbeats of nodes',
};

function* namespaces({ plan }: CheckedPlan): Iterable<Violation> {
  const refused = (namespace: string | undefined, at: Path, what: string): Violation[] => {
    const owner = namespace === undefined || !Object.hasOwn(NAMESPACES, namespace) ? undefined : NAMESPACES[namespace];
    return owner === undefined
      ? []
      : [{ at, problem: `${what} is in namespace ${namespace ?? ''}, which belongs to ${owner}` }];
  };
  const app = plan.apps?.['home-assistant'];
  yield* refused(app?.namespace, ['apps', 'home-assistant', 'namespace'], 'home-assistant');
  for (const [name, { namespace, workloads }] of entries(plan.attachments)) {
    // Multus' own pages put definitions there, and pods of system components may use them.
    if (namespace !== KUBE_SYSTEM) yield* refused(namespace, ['attachments', name, 'namespace'], `attachment ${name}`);
    for (const [workload, one] of entries(workloads))
      if (one.namespace !== KUBE_SYSTEM)
        yield* refused(
          one.namespace,
          ['attachments', name, 'workloads', workload, 'namespace'],
          `workload ${workload}`,
        );
  }
}

/** Secrets in the namespace of the password that are the operator's or Calico's (tigera/operator v1.42.3, pkg/render and pkg/tls/certificatemanagement). */
const SECRETS = /^(tigera-|calico-|typha-certs|node-certs|whisker-|goldmane-|felix-)/;

function* passwordSecret({ plan }: CheckedPlan): Iterable<Violation> {
  const name = plan.bgp?.passwordSecret?.name;
  if (name !== undefined && SECRETS.test(name))
    yield {
      at: ['bgp', 'passwordSecret', 'name'],
      problem: `Secret ${name} in namespace ${CALICO_NAMESPACE} is one of the Tigera operator's: it would replace it`,
    };
}

export const ownedNameRules: readonly Rule[] = [
  {
    code: 'owned-names/namespace',
    severity: 'error',
    summary: 'Apps, attachments and workloads are in namespaces of your own.',
    remedy: 'choose a namespace of your own, such as smarthome',
    check: namespaces,
  },
  {
    code: 'owned-names/password-secret',
    severity: 'error',
    summary: 'The Secret with the BGP password has no name that the Tigera operator gives.',
    remedy: 'write name: flatlan-bgp-password',
    check: passwordSecret,
  },
];
