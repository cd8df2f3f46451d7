/**
 * What each layer's `helm test` looks at, as kubectl commands.
 */
import { selector } from '../../values/home-assistant.ts';
import { ATTACHMENTS } from '../attachments/daemon-set.ts';
import { MULTUS } from '../multus/daemon-set.ts';
import { ATTACHMENT_KIND } from './attachment-kind.ts';
import type { CheckDefinition } from './check.ts';

/** The timeout and the namespace are arguments of their own: in a template each is an expression. */
export interface CheckSettings {
  readonly timeout: string;
  readonly namespace: string;
}

/** The kinds that the network layer needs; the operators layer makes them. */
export const neededKinds = [
  'installations.operator.tigera.io',
  'bgpconfigurations.projectcalico.org',
  'bgpfilters.projectcalico.org',
  'bgppeers.projectcalico.org',
  'felixconfigurations.projectcalico.org',
  'kubecontrollersconfigurations.projectcalico.org',
  'ipaddresspools.metallb.io',
] as const;

/** All that the operators layer brings, by itself or by what it starts. */
export const kinds = [...neededKinds, ATTACHMENT_KIND];

export function operatorChecks({ timeout, namespace }: CheckSettings): CheckDefinition[] {
  return [
    {
      name: 'operator',
      args: ['rollout', 'status', 'deployment/tigera-operator', '--namespace', namespace, '--timeout', timeout],
      reads: [{ apiGroup: 'apps', resource: 'deployments', names: ['tigera-operator'] }],
    },
    {
      name: 'kinds',
      args: ['wait', 'crd', ...kinds, '--for', 'condition=Established', '--timeout', timeout],
      awaits: kinds.map((kind) => [`crd/${kind}`, '--timeout', timeout]),
      reads: [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: kinds }],
    },
  ];
}

export function networkChecks({ timeout, namespace }: CheckSettings): CheckDefinition[] {
  return [
    {
      name: 'calico',
      args: [
        ...['wait', 'tigerastatus', 'calico', 'ippools'],
        ...['--for', 'condition=Available', '--timeout', timeout],
      ],
      awaits: ['calico', 'ippools'].map((name) => [`tigerastatus/${name}`, '--timeout', timeout]),
      reads: [{ apiGroup: 'operator.tigera.io', resource: 'tigerastatuses', names: ['calico', 'ippools'] }],
    },
    {
      // calico-node is ready on a node once one of its BGP peers is established (calico-node -bird-ready).
      name: 'peers',
      args: ['rollout', 'status', 'daemonset/calico-node', '--namespace', 'calico-system', '--timeout', timeout],
      awaits: [['daemonset/calico-node', '--namespace', 'calico-system', '--timeout', timeout]],
      reads: [{ apiGroup: 'apps', resource: 'daemonsets', names: ['calico-node'] }],
    },
    {
      name: 'pools',
      args: ['get', 'ipaddresspools', '--namespace', namespace, '--output', `go-template=${poolsWithRoom}`],
      reads: [{ apiGroup: 'metallb.io', resource: 'ipaddresspools' }],
    },
  ];
}

/** Where the plan has attachments: every node is ready to give pods one. */
export function attachmentChecks({ timeout, namespace }: CheckSettings): CheckDefinition[] {
  return [
    { name: 'multus', daemonSet: MULTUS },
    { name: 'attachments', daemonSet: ATTACHMENTS },
  ].map(({ name, daemonSet }) => ({
    name,
    args: ['rollout', 'status', `daemonset/${daemonSet}`, '--namespace', namespace, '--timeout', timeout],
    reads: [{ apiGroup: 'apps', resource: 'daemonsets', names: [daemonSet], namespace }],
  }));
}

/**
 * Home Assistant has its interface on the LAN: Multus writes `network-status` once every network that a pod asked for is
 * there (pkg/multus/multus.go, CmdAdd), and not at all where a pod started without it.
 */
export function appChecks({ timeout, namespace }: CheckSettings): CheckDefinition[] {
  const label = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return [
    {
      name: 'net1',
      args: [
        ...['wait', 'pod', '--selector', ...label, '--namespace', namespace, '--timeout', timeout],
        ...['--for', `jsonpath={.metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/network-status}`],
      ],
      reads: [{ apiGroup: '', resource: 'pods', namespace }],
    },
  ];
}

/**
 * kubectl has no condition "greater than", so this is a template that fails: after a line for each pool, `index` of a
 * list by a text ends it, and kubectl with it, and prints that text. MetalLB counts addresses in the pool's status since
 * 0.15.0. They are compared as texts: whether kubectl reads whole numbers or floating ones is its own affair.
 */
const poolsWithRoom = [
  '{{$bad := false}}',
  '{{range .items}}{{.metadata.name}}: ',
  '{{if not .status}}{{$bad = true}}MetalLB has not counted this pool yet',
  '{{else if eq (print .status.availableIPv4) "0"}}{{$bad = true}}this pool has no address left',
  '{{else}}{{.status.availableIPv4}} addresses left{{end}}{{"\\n"}}',
  '{{end}}',
  '{{if $bad}}{{index .items "a pool cannot give addresses: see the first lines"}}{{end}}',
].join('');
