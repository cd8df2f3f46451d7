/**
 * The chart's README, from the schemas of its values.
 */
import type * as z from 'zod';
import { DO_NOT_EDIT } from '../banner.ts';
import { NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import { CLUSTER_LABEL } from '../constructs/labels.ts';
import { valuesJsonSchema } from '../values/network.ts';
import { umbrellaValuesSchema } from './umbrella-values.ts';
import { repositories } from './chart-metadata.ts';
import { apps, layerPath, layers, NAMESPACE, network, operators, type Layer } from './layers.ts';
import { subcharts, type Subchart } from './subcharts.ts';
import { CALICO_NAMESPACE } from '../platforms/calico.ts';

/** `helm dependency build` takes charts from repositories that were added, and from no others. */
const addRepositories = Object.entries(repositories)
  .map(([name, url]) => `helm repo add ${name} ${url}`)
  .join('\n');

function installation(layer: Layer): string[] {
  const install = `helm install ${layer.release} charts/flatlan --namespace ${NAMESPACE} -f charts/flatlan/${layerPath(layer)} -f $PLANS -f $OWN`;
  return layer === network ? [install, `helm test ${network.release} --namespace ${NAMESPACE} --logs`] : [install];
}

export function chartReadme(): string {
  return `<!-- ${DO_NOT_EDIT} -->
# flatlan

A Kubernetes network without overlays: every host at home can route to pods, Services and load balancers. Calico over
BGP, MetalLB for addresses. The values come from one plan file, which flatlan checks and resolves; STEPS.md says how to configure
router, DHCP server and nodes.

## Install

Kubernetes 1.36 or later, new and without a network plugin ([a cluster that has one](../../docs/existing-clusters.md)); Helm 3.18 or later, or Helm 4. One chart is installed as ${layers.length} releases, because
the CRDs of one come from another; a plan without applications needs only the first two.

\`\`\`sh
${addRepositories}
helm dependency build charts/flatlan

kubectl create namespace ${NAMESPACE}
kubectl label namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=privileged

PLANS=overlays/<cluster>/generated/values.yaml
OWN=overlays/<cluster>/values.yaml
touch $OWN
${layers.flatMap(installation).join('\n')}
\`\`\`

\`overlays/<cluster>/values.yaml\` is yours: it is the last values file of every release, so its values win. flatlan never writes,
reads or removes it, and with Flux it is optional. Use it for an image of your own registry or a setting of the upstream charts. What
the plan can define belongs in the plan: flatlan does not check values in this file, and they are not in \`dist/\`.

Don't add \`--wait\` or \`--rollback-on-failure\` (\`--atomic\`): MetalLB waits for the network and calico-node for the router,
and a rollback would remove the network.

The operator runs on the node's own network, so its namespace needs the pod security level \`privileged\`.

## Upgrade

Repeat the \`helm install\` line with \`helm upgrade\`. An upgrade without its values is refused, and so is one with the values of
another cluster: the Installation has the cluster's name (label \`${CLUSTER_LABEL}\`). To rename a cluster, give its old name
once: \`--set global.renameCluster=<old name>\`.

### Another pool

Name, \`cidr\` and \`blockSize\` of \`calicoNetwork.ipPools[0]\` cannot change: Calico's API does not allow it for an existing pool,
and an upgrade with other values is refused before it writes anything. The safe way is a new cluster. On a running cluster every
pod loses its network in between and must be created again (according to the upstream source; not tested):

1. Allow the removal of \`${network.release}\` and uninstall it (see Remove).
2. Delete the old pool and its allocations: \`kubectl delete ippools.projectcalico.org --all --wait=false\`, then \`kubectl delete
   ipamblocks.projectcalico.org,blockaffinities.projectcalico.org,ipamhandles.projectcalico.org --all\`. The controller that finishes
   the deletion of a pool is gone with the network: \`kubectl patch ippools.projectcalico.org <name> --type=merge -p
   '{"metadata":{"finalizers":null}}'\`.
3. Install \`${network.release}\` with the new values, then delete every pod that is not on its node's own network.

Values of an earlier flatlan have \`installation.controlPlaneTolerations\`. They are refused: write them again with
\`flatlan synth\`. Typha would stay off a node that calico-node tainted, and calico-node does not start without Typha.

## Remove

An uninstall is refused until you allow it, and nothing is removed. Helm then shows the release as \`uninstalling\`;
\`helm rollback\` repairs that. Nobody can delete what the releases depend on, either: their namespace and ${CALICO_NAMESPACE}, the CRDs
of the network, the operator's Deployment (policies \`<release>-keep\`, which the same permission removes).

\`\`\`sh
helm upgrade ${network.release} charts/flatlan --namespace ${NAMESPACE} --reuse-values --set global.allowUninstall=true
helm uninstall ${network.release} --namespace ${NAMESPACE}
helm upgrade ${operators.release} charts/flatlan --namespace ${NAMESPACE} --reuse-values --set global.allowUninstall=true
helm uninstall ${operators.release} --namespace ${NAMESPACE}
\`\`\`

\`helm uninstall ${apps.release}\` needs no permission: Home Assistant's volume claim stays, and so does every namespace. The CRD
NetworkAttachmentDefinition stays, too, because others may define networks.

FelixConfiguration/default and KubeControllersConfiguration/default stay: Calico creates them again while it runs. The
BGP password is deleted with its namespace ${CALICO_NAMESPACE}. After a new installation Services may get other addresses than before:
MetalLB's pools are removed with the release, and it assigns addresses again in the order in which it finds the Services.

## Attachments to the LAN

If the plan has attachments, the network layer also installs Multus (\`flatlan-multus\`), the node plane (\`flatlan-attachments\`:
plugins, DHCP for pods, route repair), the NetworkAttachmentDefinitions, and a ValidatingAdmissionPolicy that refuses pods
of namespaces that the plan does not list. A pod asks for an attachment by an annotation on its own template:

\`\`\`yaml
${NETWORKS_ANNOTATION}: default/layer2-bridge
\`\`\`

- NetworkPolicy does not apply to this interface. Every host on the LAN reaches every port that the pod opens there. Through it the pod
  can send to the LAN, to multicast and replies to connections from elsewhere; anything else is rejected inside the pod, so that a LAN
  address does not bypass a policy. Drop NET_RAW and NET_ADMIN in such pods: with them a program can bypass this.
- Images are named by version. A digest may follow each of them (\`...:v4.3.0@sha256:...\`), and takes precedence: use the digests of your own
  registry. Multus' digest could not be asked for where this chart was made, so none stands here.
- \`attachments.healer\` deletes pods that started before Multus was ready, and therefore without their attachment. Default: off, because it
  deletes pods.
- The operators layer creates the namespaces that the plan needs, unless they exist; none is ever removed.

## Values

${valuesTable(umbrellaValuesSchema, '')}
${subcharts.map(subchartSection).join('\n')}
## Limits

- IPv4 only; one pool of pods.
- \`helm test\` runs \`checks.image\`, upstream's kubectl, pinned by version. Put its digest behind it (\`...@sha256:...\`) if your registry
  gives it to you.
- Helm 3 does not correct manual changes of these objects; Helm 4 does.
`;
}

/** `flatlan synth` writes what a plan decides; what has a default is there to be turned. */
function subchartSection({ name, description, schema, defaults }: Subchart): string {
  const knobs = Object.keys(defaults);
  const written =
    knobs.length === 0
      ? 'Written by `flatlan synth`; change the plan, not these values.'
      : `Written by \`flatlan synth\`, except those with a default: ${knobs.map((key) => `\`${key}\``).join(', ')}.`;
  return `## Values of ${name}\n\n${description} ${written}\n\n${valuesTable(schema, `${name}.`)}`;
}

interface JsonSchema {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/** One row a value that has a description; deeper ones follow their parent. */
function valuesTable(schema: z.ZodType, prefix: string): string {
  const root = valuesJsonSchema(schema) as JsonSchema;
  const deref = (one: JsonSchema): JsonSchema => {
    const name = one.$ref?.split('/').at(-1);
    const target = name === undefined ? undefined : root.definitions?.[name];
    return target ? { ...target, ...one } : one;
  };
  const rows: string[] = [];
  const walk = (one: JsonSchema, path: string): void => {
    const { description, properties, additionalProperties, items } = deref(one);
    if (path !== '' && description !== undefined)
      rows.push(`| \`${prefix}${path}\` | ${typeText(deref(one))} | ${description.replaceAll('|', '\\|')} |`);
    const below = path === '' ? '' : `${path}.`;
    for (const [key, value] of Object.entries(properties ?? {})) walk(value, `${below}${key}`);
    if (typeof additionalProperties === 'object') walk(additionalProperties, `${below}<name>`);
    if (items && (deref(items).properties || deref(items).description !== undefined)) walk(items, `${path}[]`);
  };
  walk(root, '');
  return `| value | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'object') return 'map';
  if (schema.type === 'array') return 'list';
  return schema.type ?? '';
}
