/**
 * What upstream's charts bring with the values of the layer operators: names and rights (read from metallb 0.16.1 and
 * tigera-operator v3.32.1). A right that is not here is missing in a real cluster too: `get pods` of MetalLB's controller
 * stands in a Role that this chart leaves out without a speaker (docs/facts.md#the-controller-without-a-speaker).
 *
 * Left out: MetalLB's kinds, which tests make from upstream's schemas; the operator's 50 rules, since no operator runs in
 * tests; its pre-delete Job, since nobody would run it. Strings may hold actions of Go's templates.
 */

export interface UpstreamObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

/** Where the release is. */
const namespace = '{{ .Release.Namespace }}';
const rbac = 'rbac.authorization.k8s.io/v1';

type Rule = readonly [group: string, resources: readonly string[], verbs: string, names?: readonly string[]];

const rulesOf = (rules: readonly Rule[]): object[] =>
  rules.map(([group, resources, verbs, names]) => ({
    apiGroups: [group],
    resources,
    ...(names ? { resourceNames: names } : {}),
    verbs: verbs.split(' '),
  }));

/** A role, and its binding to an account of the release's namespace. */
function granted(name: string, account: string, rules: readonly Rule[], where?: string): UpstreamObject[] {
  const kind = where === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(where === undefined ? {} : { namespace: where }) };
  return [
    { apiVersion: rbac, kind, metadata, rules: rulesOf(rules) },
    {
      apiVersion: rbac,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
  ];
}

const account = (name: string): UpstreamObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});

/** A Deployment that nobody runs. */
function deployment(name: string, chart: string, spec: object): UpstreamObject {
  const labels = { 'app.kubernetes.io/name': chart };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { serviceAccountName: name, ...spec } },
    },
  };
}

const EVERYTHING = 'create delete get list patch update watch';
const controller = 'metallb-controller';
const kinds = ['bfdprofiles', 'bgpadvertisements', 'bgppeers', 'communities', 'configurationstates', 'ipaddresspools'];

export const upstreamObjects: Readonly<Record<'tigera-operator' | 'metallb', readonly UpstreamObject[]>> = {
  metallb: [
    account(controller),
    ...granted(
      controller,
      controller,
      [
        ['', ['secrets'], EVERYTHING],
        ['metallb.io', ['ipaddresspools'], 'get list watch'],
        ['metallb.io', ['ipaddresspools/status'], 'update'],
        ['metallb.io', ['bgppeers', 'bgpadvertisements', 'l2advertisements'], 'get list'],
        ['metallb.io', ['communities', 'bfdprofiles'], 'get list watch'],
      ],
      namespace,
    ),
    ...granted('metallb:controller', controller, [
      ['', ['services', 'namespaces'], 'get list watch'],
      ['', ['nodes'], 'list'],
      ['', ['services/status'], 'update'],
      ['', ['events'], 'create patch'],
      [
        'admissionregistration.k8s.io',
        ['validatingwebhookconfigurations'],
        EVERYTHING,
        ['metallb-webhook-configuration'],
      ],
      ['admissionregistration.k8s.io', ['validatingwebhookconfigurations'], 'list watch'],
      [
        'apiextensions.k8s.io',
        ['customresourcedefinitions'],
        EVERYTHING,
        [...kinds, 'l2advertisements'].map((kind) => `${kind}.metallb.io`),
      ],
      ['apiextensions.k8s.io', ['customresourcedefinitions'], 'list watch'],
      ['metallb.io', ['configurationstates'], EVERYTHING],
      ['metallb.io', ['configurationstates/status'], 'get patch update'],
      ['authentication.k8s.io', ['tokenreviews'], 'create'],
      ['authorization.k8s.io', ['subjectaccessreviews'], 'create'],
    ]),
    deployment(controller, 'metallb', {
      containers: [
        {
          name: 'controller',
          image: 'metallb.invalid/none:none',
          args: ['--port=9120', '--log-level=info', '--webhook-mode=enabled'],
        },
      ],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: '{{ .Values.controller.tolerations | toJson }}',
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metallb-webhook-service', namespace },
      spec: { ports: [{ port: 443, targetPort: 9443 }], selector: { 'app.kubernetes.io/name': 'metallb' } },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'metallb-webhook-cert', namespace } },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'metallb-webhook-configuration' },
      webhooks: [
        {
          name: 'ipaddresspoolvalidationwebhook.metallb.io',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: '{{ .Values.crds.validationFailurePolicy }}',
          clientConfig: {
            service: { name: 'metallb-webhook-service', namespace, path: '/validate-metallb-io-v1beta1-ipaddresspool' },
          },
          rules: [
            {
              apiGroups: ['metallb.io'],
              apiVersions: ['v1beta1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['ipaddresspools'],
            },
          ],
        },
      ],
    },
  ],
  'tigera-operator': [
    account('tigera-operator'),
    ...granted('tigera-operator', 'tigera-operator', []),
    deployment('tigera-operator', 'tigera-operator', {
      containers: [
        { name: 'tigera-operator', image: 'tigera-operator.invalid/none:none', args: ['-manage-crds=true'] },
      ],
      hostNetwork: true,
      tolerations: [
        { effect: 'NoExecute', operator: 'Exists' },
        { effect: 'NoSchedule', operator: 'Exists' },
      ],
    }),
  ],
};

/** Each object as tests of a cluster name it: `deployments.apps flatlan-system/tigera-operator`. */
export function upstreamNames(where: string): string[] {
  return Object.values(upstreamObjects).flatMap((objects) =>
    objects.map(({ apiVersion, kind, metadata }) => {
      const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0] ?? ''}` : '';
      const place = metadata.namespace === undefined ? '' : `${where}/`;
      return `${kind.toLowerCase()}s${group} ${place}${metadata.name}`;
    }),
  );
}
