/** What tests ask of a cluster about its pods. */
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { kubectlPause, type Control } from './control.ts';

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
    }[];
  };
}

export async function podsOf(control: Control, namespace: string): Promise<readonly Pod[]> {
  const { items } = await control.get<{ items: readonly Pod[] }>(`pods --namespace=${namespace}`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Home Assistant's one pod, once it is ready. */
export async function homeAssistant(control: Control): Promise<Pod> {
  await rolledOut(control, 'deployment/home-assistant', 'smarthome');
  const [pod, ...others] = await podsOf(control, 'smarthome');
  if (pod === undefined || others.length > 0) throw new Error(`Home Assistant has ${others.length} pods, not one`);
  return pod;
}

/** The containers of a node's pods. */
export function containersOn(node: string, pods: readonly Pod[]): string[] {
  const own = pods.filter(({ spec }) => spec.nodeName === node);
  return own.flatMap(({ status }) => (status.containerStatuses ?? []).flatMap(({ containerID }) => containerID ?? []));
}

/** After a reboot the API server goes on telling of the containers that were, until kubelet has others. */
export async function runAgain(
  control: Control,
  node: string,
  namespace: string,
  before: readonly Pod[],
): Promise<void> {
  const old = containersOn(node, before);
  const again = async () => {
    const pods = (await podsOf(control, namespace)).filter(({ spec }) => spec.nodeName === node);
    const containers = containersOn(node, pods);
    const ready = pods.every(({ status }) => (status.containerStatuses ?? []).every((one) => one.ready));
    const fresh = containers.length >= old.length && !containers.some((one) => old.includes(one));
    return (ready && fresh) || new NotYet(JSON.stringify(pods.map(({ metadata, status }) => [metadata.name, status])));
  };
  await waitFor(`the pods of ${node} in ${namespace} run again`, 180_000, again, kubectlPause);
}

/** `daemonset/<name>` or `deployment/<name>`; says what the cluster told of it where it is not. */
export async function rolledOut(control: Control, name: string, namespace: string = NAMESPACE): Promise<void> {
  const wait = `rollout status ${name} --namespace=${namespace} --timeout=180s`;
  const { code, stdout, stderr } = await control.tryKubectl(wait, undefined, 190_000);
  if (code === 0) return;
  const pods = await control.kubectl(`describe pods --namespace=${namespace}`);
  throw new Error(`${name} is not rolled out: ${stdout}${stderr}\n${pods}`);
}

/** Where Home Assistant's claim finds room, and so the node that it runs on: there is no storage class here. */
export function volume(node: string): object {
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'test-home-assistant' },
    spec: {
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/var/lib/volumes/home-assistant', type: 'DirectoryOrCreate' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
    },
  };
}
