/**
 * A control plane on a host of the lab: etcd, kube-apiserver, controller-manager and scheduler, each with the flags that
 * count for nodes. kubectl and Helm run there too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { Host } from '../../cdk8s/lab/host.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import type { RunResult } from '../../cdk8s/lab/program.ts';
import type { KubernetesObject } from '../cluster/clients.ts';
import { apiServerFlags, etcdFlags, writeCredentials } from '../cluster/control-plane.ts';
import { requireTool } from '../cluster/tools.ts';

export const controlTools = [
  ...['etcd', 'kube-apiserver', 'kubectl', 'helm4'],
  ...['kube-controller-manager', 'kube-scheduler'],
];

export interface Control {
  readonly host: Host;
  /** The folder of everything, in the lab. */
  readonly folder: string;
  /** What kubectl prints; it must succeed. `timeout` in milliseconds. */
  kubectl(words: string | readonly string[], input?: string, timeout?: number): Promise<string>;
  /** As kubectl, and may fail. */
  tryKubectl(words: string | readonly string[], input?: string, timeout?: number): Promise<RunResult>;
  /** Objects as data: `pods --namespace=smarthome`. */
  get<Answer = KubernetesObject>(words: string): Promise<Answer>;
  apply(objects: readonly object[]): Promise<void>;
  helm(words: readonly string[]): Promise<string>;
  /** A kubeconfig, as text, of a user that the API server knows by a token: a node, kube-proxy. */
  kubeconfig(user: string): string;
}

const port = 6443;

/** Between two asks of kubectl: one costs a tenth of a second of a processor, which the cluster wants too. */
export const kubectlPause = 400;

/** `users` besides the administrator, by name, with their groups. */
export async function startControl(
  host: Host,
  address: string,
  services: string,
  users: Readonly<Record<string, string>>,
): Promise<Control> {
  const folder = host.folder('cluster');
  const outside = host.path(folder);
  const admin = writeCredentials(outside);
  const tokens = new Map([['test-admin', admin]]);
  for (const [user, group] of Object.entries(users)) {
    const token = randomBytes(24).toString('hex');
    tokens.set(user, token);
    writeFileSync(`${outside}/tokens.csv`, `${token},${user},${user},"${group}"\n`, { flag: 'a' });
  }
  const etcdUrl = 'http://127.0.0.1:2379';
  await host.start('etcd', [requireTool('etcd'), ...etcdFlags(folder, etcdUrl, 'http://127.0.0.1:2380')]);
  const api = await host.start('kube-apiserver', [
    requireTool('kube-apiserver'),
    ...apiServerFlags(folder, etcdUrl, port, { serviceSubnet: services }),
    // Of two flags the later one counts; modes of authorization add up.
    '--bind-address=0.0.0.0',
    `--advertise-address=${address}`,
    '--endpoint-reconciler-type=lease',
    '--authorization-mode=Node',
    // Logs and commands in containers without names for nodes.
    '--kubelet-preferred-address-types=InternalIP',
  ]);
  const server = `https://${address}:${port}`;
  const certificate = `${outside}/certificates/apiserver.crt`;
  const kubeconfig = (user: string) => {
    const token = tokens.get(user);
    if (token === undefined) throw new Error(`the API server does not know ${user}`);
    return kubeconfigText(server, token, readFileSync(certificate, 'utf8'));
  };
  const env = { KUBECONFIG: `${folder}/kubeconfig`, KUBECACHEDIR: `${folder}/kubectl-cache`, HOME: folder };
  const tryKubectl: Control['tryKubectl'] = async (words, input, timeout = 60_000) => {
    const args = typeof words === 'string' ? words.split(' ') : words;
    return await host.run([requireTool('kubectl'), ...args], {
      env,
      timeout,
      ...(input === undefined ? {} : { input }),
    });
  };
  const kubectl: Control['kubectl'] = async (words, input, timeout) => {
    const { code, stdout, stderr } = await tryKubectl(words, input, timeout);
    if (code !== 0) throw new Error(`kubectl ${String(words)} ended with ${code}\n${stderr}${stdout}`);
    return stdout;
  };
  const ready = async () => {
    const end = api.ended();
    if (end !== undefined) throw new Error(end);
    if (!existsSync(certificate)) return new NotYet('it has not made its certificate yet');
    host.write(`${folder}/kubeconfig`, kubeconfig('test-admin'));
    const { code, stdout, stderr } = await tryKubectl('get --raw /readyz');
    return (code === 0 && stdout === 'ok') || new NotYet(`${stdout}${stderr}`);
  };
  await waitFor('the API server is ready', 60_000, ready, kubectlPause);
  const asAdmin = [`--kubeconfig=${folder}/kubeconfig`, '--leader-elect=false', '--bind-address=127.0.0.1'];
  await host.start('kube-scheduler', [requireTool('kube-scheduler'), ...asAdmin]);
  await host.start('kube-controller-manager', [
    requireTool('kube-controller-manager'),
    ...asAdmin,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${folder}/service-account.key`,
    `--root-ca-file=${folder}/certificates/apiserver.crt`,
    // The plan decides on addresses, not this.
    '--allocate-node-cidrs=false',
    // A node that was switched off is seen to be within seconds.
    '--node-monitor-period=1s',
    '--node-monitor-grace-period=8s',
  ]);
  mkdirSync(`${outside}/helm`);
  return {
    host,
    folder,
    kubectl,
    tryKubectl,
    get: async <Answer>(words: string) => JSON.parse(await kubectl(`get ${words} --output=json`)) as Answer,
    apply: async (items) => {
      await kubectl(
        'apply --server-side --force-conflicts --filename=-',
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      );
    },
    helm: async (words) => await host.must([requireTool('helm4'), ...words], { env, timeout: 180_000 }),
    kubeconfig,
  };
}

/** JSON is YAML. */
function kubeconfigText(server: string, token: string, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
