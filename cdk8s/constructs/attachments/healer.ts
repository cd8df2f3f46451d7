/** Deletes a pod that runs without an attachment it asked for (docs/node-contract.md, `healer`). */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Account } from '../account.ts';
import { partOf } from '../labels.ts';
import { nodeContainer } from '../node-plane.ts';

const HEALER = 'flatlan-healer';
const PORT = 9480;

export interface HealerProps {
  readonly namespace: string;
  readonly image: string;
}

export class Healer extends Construct {
  constructor(scope: Construct, id: string, { namespace, image }: HealerProps) {
    super(scope, id);
    new Account(this, 'account', {
      name: HEALER,
      namespace,
      cluster: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      ],
    });
    const labels = { 'app.kubernetes.io/name': HEALER };
    new ApiObject(this, 'deployment', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: HEALER, namespace, labels: partOf },
      spec: {
        replicas: 1,
        // Never two: each counts its own deletions.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels: { ...labels, ...partOf } }, spec: pod(image) },
      },
    });
  }
}

function pod(image: string) {
  const probe = { httpGet: { port: PORT, path: '/healthz' }, periodSeconds: 10 };
  return {
    serviceAccountName: HEALER,
    priorityClassName: 'system-cluster-critical',
    terminationGracePeriodSeconds: 10,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      nodeContainer({
        name: 'healer',
        image,
        args: ['healer'],
        ports: [{ name: 'health', containerPort: PORT }],
        livenessProbe: probe,
        readinessProbe: probe,
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
      }),
    ],
  };
}
