/** A cluster with Flux in it and the repository that it reads. */
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { allObjects, withoutReleases, type Objects } from '../cluster/objects.ts';
import { ok } from '../cluster/umbrella.ts';
import { fluxKinds, operatorHasRun } from '../cluster/upstream.ts';
import { auditLog, type AuditLog } from './audit-log.ts';
import { startFlux, type Flux } from './controllers.ts';
import { startHouse, type House } from './house.ts';
import { bgpPassword, calicoNode, daemonSetRuns, deploymentRuns, namespace, tigeraStatus } from './operator.ts';
import { reconcile, waitUntilReady } from './reconcile.ts';

export interface HouseWithFlux {
  readonly cluster: ControlPlane;
  readonly flux: Flux;
  readonly house: House;
  /** Pushes, tells Flux once that there is something new, and returns the commit. */
  deliver(message: string): Promise<string>;
  stop(): Promise<void>;
}

export interface FluxHouse extends HouseWithFlux {
  readonly gateHasRead: AuditLog['gateHasRead'];
}

/** An empty cluster beside an empty repository. */
export async function startFluxHouse(name: string): Promise<FluxHouse> {
  const audit = auditLog();
  try {
    const cluster = await startControlPlane({ apiServerFlags: audit.flags });
    try {
      const added = await addFlux(cluster, name);
      const stop = async () => {
        await added.stop();
        await cluster.stop();
        audit.remove();
      };
      return { ...added, gateHasRead: audit.gateHasRead, stop };
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  } catch (error) {
    audit.remove();
    throw error;
  }
}

/** Flux beside what a cluster has already; `stop` leaves the cluster to its owner. */
export async function addFlux(cluster: ControlPlane, name: string): Promise<HouseWithFlux> {
  await fluxKinds(cluster);
  ok(await cluster.kubectl(['create', 'namespace', FLUX]));
  const house = await startHouse(name);
  try {
    const flux = await startFlux(cluster);
    const deliver = async (message: string) => {
      const commit = await house.push(message);
      await reconcile(cluster, 'gitrepository', FLUX);
      return commit;
    };
    const stop = async () => {
      await flux.stop();
      await house.stop();
    };
    return { cluster, flux, house, deliver, stop };
  } catch (error) {
    await house.stop();
    throw error;
  }
}

/** Brings up the network that the repository holds; the operator has run already. Returns the commit. */
export async function bringUp({ cluster, house }: HouseWithFlux): Promise<string> {
  await operatorHasRun(cluster);
  const commit = await house.push('The plan of the house');
  ok(await cluster.kubectl(['apply', '--filename=-'], house.bootstrap));
  await waitUntilReady(cluster, 'helmrelease', 'flatlan-operators', commit);
  await networkWorks(cluster);
  for (const layer of ['flatlan-operators', 'flatlan-network', 'flatlan-bgp-password'])
    await waitUntilReady(cluster, 'kustomization', layer, commit);
  return commit;
}

/** All that the gates look for. */
export async function networkWorks(cluster: ControlPlane): Promise<void> {
  await deploymentRuns(cluster, NAMESPACE, 'tigera-operator');
  await deploymentRuns(cluster, NAMESPACE, 'metallb-controller');
  await namespace(cluster, 'calico-system');
  await bgpPassword(cluster, 'password');
  await calicoNode(cluster);
  await daemonSetRuns(cluster, 'calico-system', 'calico-node');
  for (const name of ['calico', 'ippools']) await tigeraStatus(cluster, name, { Available: true, Degraded: false });
}

/** What stands in the cluster apart from Flux's kinds, their objects and Helm's notes of the releases. */
export async function network(cluster: ControlPlane): Promise<Objects> {
  const objects = withoutReleases(await allObjects(cluster));
  return new Map([...objects].filter(([key]) => !key.includes('.toolkit.fluxcd.io')));
}
