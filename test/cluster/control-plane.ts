/**
 * A Kubernetes control plane for one test file: etcd and kube-apiserver, nothing else, on private ports of 127.0.0.1.
 * No controllers and no nodes run, so objects are validated, defaulted and stored, and stay as they are.
 *
 *     kubectl, helm ──token──> kube-apiserver ──> etcd          all files in one temporary folder
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterClients, type ClusterAccess, type ClusterClients } from './clients.ts';
import { NotYet, freePorts, http, waitFor } from './http.ts';
import { startDaemon, startGuard, type Daemon, type Guard } from './process.ts';
import { requireTool } from './tools.ts';

export interface ControlPlaneOptions {
  /** CIDR of Service addresses; default 10.96.0.0/16, kubeadm's range made small enough to list. */
  serviceSubnet?: string;
  /** Further flags of kube-apiserver, for instance `--feature-gates=...`. */
  apiServerFlags?: readonly string[];
  /** Milliseconds until the API server must be ready; default 60,000, where 2,000 are usual. */
  timeout?: number;
}

export interface ControlPlane extends ClusterAccess, ClusterClients {
  /** Temporary folder of everything; kubectl and helm run in it. Logs are etcd.log and kube-apiserver.log. */
  readonly folder: string;
  /** Kills both programs, waits until they are gone and removes the folder. */
  stop(): Promise<void>;
}

/** Somebody else may take a port between our asking and the program's listening; then all is tried anew. */
const attempts = 3;

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === attempts || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
  const programs = { etcd: requireTool('etcd'), apiServer: requireTool('kube-apiserver') };
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-cluster-'));
  const guard = startGuard(folder);
  const daemons: Daemon[] = [];
  const stop = async () => {
    await Promise.all(daemons.map((daemon) => daemon.kill()));
    rmSync(folder, { recursive: true, force: true });
    await guard.dismiss();
  };
  try {
    const [clientPort = 0, peerPort = 0, securePort = 0] = await freePorts(3);
    const etcdUrl = `http://127.0.0.1:${clientPort}`;
    const server = `https://127.0.0.1:${securePort}`;
    const token = writeCredentials(folder);
    const start = daemonStarter(folder, guard, daemons);
    await start('etcd', programs.etcd, etcdFlags(folder, etcdUrl, `http://127.0.0.1:${peerPort}`));
    const flags = [...apiServerFlags(folder, etcdUrl, securePort, options), ...(options.apiServerFlags ?? [])];
    await start('kube-apiserver', programs.apiServer, flags);
    const ca = await waitUntilReady(server, token, folder, daemons, options.timeout ?? 60_000);
    const access = { kubeconfig: writeKubeconfig(folder, server, token, ca), server, token, ca };
    return { ...access, folder, stop, ...clusterClients(folder, access) };
  } catch (error) {
    await stop();
    throw error;
  }
}

function daemonStarter(folder: string, guard: Guard, daemons: Daemon[]) {
  return async (name: string, program: string, flags: readonly string[]) => {
    const log = join(folder, `${name}.log`);
    const env = { PATH: process.env.PATH, HOME: folder };
    daemons.push(await startDaemon(name, program, flags, { log, env, cwd: folder, guard }));
  };
}

export function etcdFlags(folder: string, clientUrl: string, peerUrl: string): string[] {
  return [
    '--name=test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=test=${peerUrl}`,
    // The data need not outlive the process.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerFlags(folder: string, etcdUrl: string, port: number, options: ControlPlaneOptions): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // Otherwise it looks for an address of the machine, and finds none where there is no default route.
    '--advertise-address=127.0.0.1',
    // It would write that address into the endpoints of Service kubernetes, which refuse a loopback address.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${join(folder, 'certificates')}`,
    `--service-cluster-ip-range=${options.serviceSubnet ?? '10.96.0.0/16'}`,
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    // A webhook's Service is asked by its endpoints: nobody forwards Service addresses here.
    '--enable-aggregator-routing=true',
  ];
}

/** Secrets are made for each run and never leave the temporary folder. */
export function writeCredentials(folder: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  const token = randomBytes(24).toString('hex');
  const secret = { mode: 0o600 };
  writeFileSync(join(folder, 'service-account.pub'), publicKey);
  writeFileSync(join(folder, 'service-account.key'), privateKey, secret);
  writeFileSync(join(folder, 'tokens.csv'), `${token},test-admin,test-admin,"system:masters"\n`, secret);
  mkdirSync(join(folder, 'certificates'));
  return token;
}

/** Answers with the certificate that the API server made for itself. */
async function waitUntilReady(
  server: string,
  token: string,
  folder: string,
  daemons: readonly Daemon[],
  timeout: number,
): Promise<string> {
  const certificate = join(folder, 'certificates', 'apiserver.crt');
  return await waitFor('the API server is ready', timeout, async () => {
    for (const daemon of daemons) {
      const end = daemon.ended();
      if (end !== undefined) throw new Error(end);
    }
    if (!existsSync(certificate)) return new NotYet('it has not made its certificate yet');
    const ca = readFileSync(certificate, 'utf8');
    try {
      const answer = await http(`${server}/readyz`, { ca, headers: { authorization: `Bearer ${token}` } });
      return answer.status === 200 ? ca : new NotYet(`/readyz answers ${answer.status}: ${answer.body}`);
    } catch (error) {
      return new NotYet(`/readyz: ${String(error)}`);
    }
  });
}

/** JSON is YAML, and needs no care with quoting. */
function writeKubeconfig(folder: string, server: string, token: string, ca: string): string {
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'test-admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test-admin' } }],
    'current-context': 'test',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
