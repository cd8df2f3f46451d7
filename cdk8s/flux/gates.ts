/**
 * What must be true before the next layer starts. Flux looks at these objects, whoever made them, because the layers'
 * Kustomizations do not say `wait`: with it, only what a Kustomization itself applied would count.
 *
 * Flux knows when Deployments, DaemonSets, HelmReleases and CustomResourceDefinitions are in order; TigeraStatus it would
 * call healthy as soon as it exists, so that gets an expression.
 */
import { HelmRelease } from '../../imports/helm.toolkit.fluxcd.io.ts';
import type {
  KustomizationSpecHealthCheckExprs,
  KustomizationSpecHealthChecks,
} from '../../imports/kustomize.toolkit.fluxcd.io.ts';
import { ATTACHMENTS } from '../constructs/attachments/daemon-set.ts';
import { BRIDGE } from '../constructs/bridge/daemon-set.ts';
import { MULTUS } from '../constructs/multus/daemon-set.ts';
import { ATTACHMENT_CRD } from '../constructs/release/attachment-crd.ts';
import { operatorsCrds } from '../constructs/release/needed-crds.ts';
import { NAMESPACE, type Layer } from '../helm/layers.ts';
import { METALLB_CONTROLLER } from '../values/umbrella.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network, SecretKey } from '../plan/network/index.ts';
import type { Plain } from '../plain.ts';
import { FLUX } from './object.ts';
import { CALICO_NAMESPACE, CALICO_NODE } from '../platforms/calico.ts';

export interface Gate {
  readonly healthChecks: readonly Plain<KustomizationSpecHealthChecks>[];
  readonly healthCheckExprs?: readonly Plain<KustomizationSpecHealthCheckExprs>[];
}

type Check = Plain<KustomizationSpecHealthChecks>;

function release({ release: name }: Layer): Check {
  return { ...HelmRelease.GVK, name, namespace: FLUX };
}

function workload(kind: 'Deployment' | 'DaemonSet', namespace: string, name: string): Check {
  return { apiVersion: 'apps/v1', kind, name, namespace };
}

function kind(name: string): Check {
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name };
}

const tigeraStatus = { apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus' } as const;

/** An expression that fails, as on an object without a status, counts as not yet. */
function condition(type: string): string {
  return `status.conditions.exists(c, c.type == '${type}' && c.status == 'True')`;
}

/** The operator runs, and the CRDs of the network layer are installed, and the one that the next gate reads. */
function operatorsGate(layer: Layer): Gate {
  return {
    healthChecks: [
      release(layer),
      workload('Deployment', NAMESPACE, 'tigera-operator'),
      ...[...operatorsCrds, 'tigerastatuses.operator.tigera.io'].map(kind),
    ],
  };
}

/** The CRD is there that definitions of attachments need. */
function prerequisitesGate(layer: Layer): Gate {
  return { healthChecks: [release(layer), kind(ATTACHMENT_CRD)] };
}

/**
 * Calico runs on every node, and so does what gives pods an interface on the LAN. calico-node is ready once a BGP session
 * is established, so this waits for the router and, where there is one, for the password. Without Calico it is the second half alone.
 */
function networkGate(layer: Layer, network: Network): Gate {
  const nodePlane = [
    ...(network.pods.mode === 'bridged' ? [BRIDGE] : []),
    ...(network.attachments.length > 0 ? [MULTUS, ATTACHMENTS] : []),
  ].map((name) => workload('DaemonSet', NAMESPACE, name));
  if (!isCalico(network)) return { healthChecks: [release(layer), ...nodePlane] };
  return {
    healthChecks: [
      release(layer),
      ...['calico', 'ippools'].map((name) => ({ ...tigeraStatus, name })),
      workload('DaemonSet', CALICO_NAMESPACE, CALICO_NODE),
      ...nodePlane,
      workload('Deployment', NAMESPACE, METALLB_CONTROLLER),
    ],
    healthCheckExprs: [{ ...tigeraStatus, current: `${condition('Available')} && !${condition('Degraded')}` }],
  };
}

/** The Secret is there, however it came, and has the key that Calico reads. */
export function passwordGate({ name, key }: SecretKey): Gate {
  const secret = { apiVersion: 'v1', kind: 'Secret' } as const;
  return {
    healthChecks: [{ ...secret, name, namespace: CALICO_NAMESPACE }],
    healthCheckExprs: [{ ...secret, current: `'${key}' in data && size(data['${key}']) > 0` }],
  };
}

/** The release is installed and, because Helm waits there, its pods run. */
function releaseGate(layer: Layer): Gate {
  return { healthChecks: [release(layer)] };
}

const gates: Readonly<Record<Layer['name'], (layer: Layer, network: Network) => Gate>> = {
  operators: operatorsGate,
  prerequisites: prerequisitesGate,
  network: networkGate,
  apps: releaseGate,
};

export function layerGate(layer: Layer, network: Network): Gate {
  return gates[layer.name](layer, network);
}
