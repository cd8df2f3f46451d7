/**
 * The checks of `helm test`: each is one kubectl command that exits with 0 if the checked component works. It runs on the
 * node's own network, so that it can report a broken pod network.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Release } from '../../source.ts';
import { groupBy } from '../../plan/group.ts';
import { selector } from '../../values/home-assistant.ts';
import { Account } from '../account.ts';
import { ATTACHMENTS } from '../attachments/daemon-set.ts';
import { BRIDGE } from '../bridge/daemon-set.ts';
import { partOf } from '../labels.ts';
import { MULTUS } from '../multus/daemon-set.ts';
import { ATTACHMENT_CRD } from './attachment-crd.ts';
import { operatorsCrds } from './needed-crds.ts';
import { CALICO_NAMESPACE, CALICO_NODE } from '../../platforms/calico.ts';

export interface CheckDefinition {
  readonly name: string;
  /** Arguments of kubectl. */
  readonly args: readonly string[];
  /**
   * Objects that somebody else makes: each is waited for before the command runs, which would end at once without them. One
   * command each, since kubectl gives up as soon as one of several is not there (v1.36.3, `--for=create`).
   */
  readonly awaits?: readonly (readonly string[])[];
  /** What the command reads, and no more. */
  readonly reads: readonly ReadRule[];
}

export interface ReadRule {
  readonly apiGroup: string;
  readonly resource: string;
  /** Absent: all of them. */
  readonly names?: readonly string[];
  /** Absent: the whole cluster. */
  readonly namespace?: string;
}

interface ChecksProps {
  readonly release: Release;
  /** Of the account that runs them, after the release's name. */
  readonly account: string;
  readonly image: string;
  readonly checks: readonly CheckDefinition[];
}

function policyRule({ apiGroup, resource, names }: ReadRule) {
  return {
    apiGroups: [apiGroup],
    resources: [resource],
    ...(names ? { resourceNames: [...names] } : {}),
    verbs: ['get', 'list', 'watch'],
  };
}

function hook(weight: number, deletePolicy: string) {
  return {
    'helm.sh/hook': 'test',
    'helm.sh/hook-weight': String(weight),
    'helm.sh/hook-delete-policy': deletePolicy,
  };
}

const before = hook(-1, 'before-hook-creation,hook-succeeded');

export class Checks extends Construct {
  constructor(scope: Construct, id: string, props: ChecksProps) {
    super(scope, id);
    const name = props.release.named(props.account);
    const { namespace } = props.release;
    const rules = props.checks.flatMap((check) => check.reads);
    const inside = groupBy(
      rules.filter((rule) => rule.namespace !== undefined),
      (rule) => rule.namespace ?? '',
    );
    new Account(this, 'account', {
      name,
      namespace,
      cluster: rules.filter((rule) => rule.namespace === undefined).map(policyRule),
      inside: new Map([...inside].map(([where, own]) => [where, own.map(policyRule)])),
      annotations: before,
    });
    for (const check of props.checks)
      new ApiObject(this, check.name, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: props.release.named(`check-${check.name}`),
          namespace,
          labels: partOf,
          annotations: hook(0, 'before-hook-creation'),
        },
        spec: {
          restartPolicy: 'Never',
          hostNetwork: true,
          serviceAccountName: name,
          tolerations: [{ operator: 'Exists' }],
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
          ...(check.awaits === undefined
            ? {}
            : {
                initContainers: check.awaits.map((args, index) =>
                  kubectl(`wait-${index + 1}`, props.image, ['wait', ...args, '--for', 'create']),
                ),
              }),
          containers: [kubectl('kubectl', props.image, check.args)],
        },
      });
  }
}

function kubectl(name: string, image: string, args: readonly string[]) {
  return {
    name,
    image,
    args: [...args],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
  };
}

/** The timeout and the namespace are arguments of their own: in a template each is an expression. */
export interface CheckSettings {
  readonly timeout: string;
  readonly namespace: string;
}

export function operatorChecks({ timeout, namespace }: CheckSettings): CheckDefinition[] {
  return [
    {
      name: 'operator',
      args: ['rollout', 'status', 'deployment/tigera-operator', '--namespace', namespace, '--timeout', timeout],
      reads: [{ apiGroup: 'apps', resource: 'deployments', names: ['tigera-operator'] }],
    },
    {
      name: 'kinds',
      args: ['wait', 'crd', ...operatorsCrds, '--for', 'condition=Established', '--timeout', timeout],
      awaits: operatorsCrds.map((name) => [`crd/${name}`, '--timeout', timeout]),
      reads: [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: operatorsCrds }],
    },
  ];
}

export function prerequisiteChecks({ timeout }: CheckSettings): CheckDefinition[] {
  return [
    {
      name: 'kinds',
      args: ['wait', 'crd', ATTACHMENT_CRD, '--for', 'condition=Established', '--timeout', timeout],
      reads: [{ apiGroup: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', names: [ATTACHMENT_CRD] }],
    },
  ];
}

/** Where the plan has Calico. */
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
      args: ['rollout', 'status', `daemonset/${CALICO_NODE}`, '--namespace', CALICO_NAMESPACE, '--timeout', timeout],
      awaits: [[`daemonset/${CALICO_NODE}`, '--namespace', CALICO_NAMESPACE, '--timeout', timeout]],
      reads: [{ apiGroup: 'apps', resource: 'daemonsets', names: [CALICO_NODE] }],
    },
    {
      name: 'pools',
      args: ['get', 'ipaddresspools', '--namespace', namespace, '--output', `go-template=${poolsWithRoom}`],
      reads: [{ apiGroup: 'metallb.io', resource: 'ipaddresspools' }],
    },
  ];
}

/** Where the plan has attachments: every node is ready to give pods one. */
export function attachmentChecks(settings: CheckSettings): CheckDefinition[] {
  return [
    { name: 'multus', daemonSet: MULTUS },
    { name: 'attachments', daemonSet: ATTACHMENTS },
  ].map(({ name, daemonSet }) => rolledOut(name, daemonSet, settings));
}

/** Where pods are bridged: every node has its conflist, and can carry it. */
export function bridgeChecks(settings: CheckSettings): CheckDefinition[] {
  return [rolledOut('bridge', BRIDGE, settings)];
}

function rolledOut(name: string, daemonSet: string, { timeout, namespace }: CheckSettings): CheckDefinition {
  return {
    name,
    args: ['rollout', 'status', `daemonset/${daemonSet}`, '--namespace', namespace, '--timeout', timeout],
    reads: [{ apiGroup: 'apps', resource: 'daemonsets', names: [daemonSet], namespace }],
  };
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
  '{{else if eq (print .status.availableIPv4) "0"}}{{$bad = true}}this pool has no free address',
  '{{else}}{{.status.availableIPv4}} addresses left{{end}}{{"\\n"}}',
  '{{end}}',
  '{{if $bad}}{{index .items "a pool has no addresses to assign: see the first lines"}}{{end}}',
].join('');
