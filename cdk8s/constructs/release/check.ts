/**
 * A check that `helm test` runs: one kubectl command that ends with 0 when the thing it looks at works. It runs on the
 * node's own network, so that it tells of a broken pod network instead of hanging in it.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { groupBy } from '../../plan/group.ts';
import type { Release } from '../../source.ts';
import { Account } from '../account.ts';
import { partOf } from '../labels.ts';

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

export interface ChecksProps {
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
