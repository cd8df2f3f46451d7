/**
 * The three releases of flatlan's chart on the test's cluster, installed by Helm as README.md says, with the values of
 * the plan hybrid. Upstream's two charts cannot be had: stand-ins carry their names, objects and rights, and MetalLB's own
 * controller runs in the place that its chart gives it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { NAMESPACE, apps, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { sharedFolder } from '../cluster/shared.ts';
import { chartWithStandIns } from '../helm/stand-ins.ts';
import { kubectlPause, type Control } from './control.ts';
import { images } from './images.ts';
import { housePlan } from './plan.ts';
import { rolledOut } from './pods.ts';

/** The images that can be had here, in the place of those of the chart. */
const imageValues = {
  global: { nodeImage: images.node },
  multus: { image: images.multus },
  'home-assistant': { image: images.standIn },
};

export class Releases {
  readonly #control: Control;
  /** As Helm sees it, in the lab. */
  readonly #chart: string;

  constructor(control: Control) {
    this.#control = control;
    this.#chart = chartWithStandIns(control.host.path(control.folder)).slice(control.host.path('').length);
    control.host.write(`${control.folder}/plan.yaml`, stringify(clusterValues(housePlan)));
    control.host.write(`${control.folder}/images.yaml`, stringify(imageValues));
  }

  async install(): Promise<void> {
    const control = this.#control;
    await control.kubectl(['create', 'namespace', NAMESPACE]);
    await control.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=privileged']);
    await this.#kinds();
    await control.helm(['install', ...this.#words(operators)]);
    await control.kubectl([
      ...['patch', 'deployment', 'metallb-controller', `--namespace=${NAMESPACE}`],
      ...['--type=strategic', `--patch=${JSON.stringify(metallbPatch)}`],
    ]);
    // Pools are shown to its webhook.
    await rolledOut(control, 'deployment/metallb-controller');
    await control.helm(['install', ...this.#words(network)]);
    // A pod that starts before is not attached.
    for (const name of ['flatlan-multus', 'flatlan-attachments']) await rolledOut(control, `daemonset/${name}`);
    await control.helm(['install', ...this.#words(apps)]);
  }

  /** `helm upgrade` with these settings besides: `multus.resources.requests.cpu=11m`. */
  async upgrade(layer: Layer, ...settings: readonly string[]): Promise<void> {
    await this.#control.helm(['upgrade', ...this.#words(layer), ...settings.map((setting) => `--set=${setting}`)]);
  }

  async uninstall({ release }: Layer): Promise<void> {
    await this.#control.helm(['uninstall', release, '--namespace', NAMESPACE]);
  }

  #words({ name, release }: Layer): string[] {
    const files = [`${this.#chart}/layers/${name}.yaml`, ...['plan', 'images'].map((file) => this.#file(file))];
    return [release, this.#chart, '--namespace', NAMESPACE, ...files.map((file) => `--values=${file}`)];
  }

  #file(name: string): string {
    return `${this.#control.folder}/${name}.yaml`;
  }

  /** Those that operators bring by themselves. */
  async #kinds(): Promise<void> {
    const crds = join(sharedFolder() ?? '', 'upstream/crds');
    const folders = readdirSync(crds).filter((folder) => /^(calico|metallb|tigera-operator)-/.test(folder));
    const files = folders.flatMap((folder) => yamlFiles(join(crds, folder)));
    const kinds = files
      .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
      .map((text) => text.toJS() as Kind | null);
    await this.#control.apply(kinds.filter((kind) => kind !== null).map(asOfItsOperator));
    const listed = async () => {
      const names = await this.#control.kubectl('api-resources --output=name');
      const absent = [
        'installations.operator.tigera.io',
        'bgppeers.projectcalico.org',
        'ipaddresspools.metallb.io',
      ].filter((kind) => !names.includes(kind));
      return absent.length === 0 || new NotYet(absent.join(', '));
    };
    await waitFor('the new kinds are listed', 60_000, listed, kubectlPause);
  }
}

interface Kind {
  readonly metadata: { readonly name: string };
}

/** The Tigera operator makes Calico's and its own; MetalLB's come with its chart, so Helm knows whose they are. */
function asOfItsOperator(kind: Kind): object {
  if (!kind.metadata.name.endsWith('.metallb.io')) return kind;
  const annotations = {
    'meta.helm.sh/release-name': operators.release,
    'meta.helm.sh/release-namespace': NAMESPACE,
  };
  return {
    ...kind,
    metadata: { ...kind.metadata, annotations, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
  };
}

function yamlFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(ya?ml|json)$/.test(name)).map((name) => join(folder, name));
}

/**
 * Upstream's controller in the Deployment of the stand-in, which gives it account and rights. The pod is that of upstream's
 * chart (charts/metallb/templates/controller.yaml of v0.16.1), its probes more often.
 */
const probe = (path: string) => ({ httpGet: { path, port: 17472 }, periodSeconds: 1 });
const metallbPatch = {
  spec: {
    replicas: 1,
    template: {
      spec: {
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser: 65534, fsGroup: 65534 },
        containers: [
          {
            name: 'controller',
            image: images.metallb,
            env: [{ name: 'METALLB_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            startupProbe: { ...probe('/healthz'), failureThreshold: 60 },
            livenessProbe: probe('/healthz'),
            readinessProbe: probe('/readyz'),
            volumeMounts: [{ name: 'cert', mountPath: '/tmp/k8s-webhook-server/serving-certs', readOnly: true }],
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
            },
          },
        ],
        volumes: [{ name: 'cert', secret: { secretName: 'metallb-webhook-cert' } }],
      },
    },
  },
};
