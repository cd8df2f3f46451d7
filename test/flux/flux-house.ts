/** A cluster with Flux in it and the repository that it reads. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { ok } from '../cluster/umbrella.ts';
import { fluxKinds } from '../cluster/upstream.ts';
import { startFlux, type Flux } from './controllers.ts';
import { startHouse, type House } from './house.ts';

export interface FluxHouse {
  readonly cluster: ControlPlane;
  readonly flux: Flux;
  readonly house: House;
  /**
   * Returns once a gate has read this object twice more: the second reading is of the state before the call or later. That
   * a gate stays shut shows only then.
   */
  gateHasRead(resource: string, name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFluxHouse(name: string): Promise<FluxHouse> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const part of started.reverse()) await part.stop();
  };
  const audit = auditLog();
  started.push(audit);
  try {
    const cluster = await startControlPlane({ apiServerFlags: audit.flags });
    started.push(cluster);
    await fluxKinds(cluster);
    ok(await cluster.kubectl(['create', 'namespace', FLUX]));
    const house = await startHouse(name);
    started.push(house);
    const flux = await startFlux(cluster);
    started.push(flux);
    return { cluster, flux, house, stop, gateHasRead: audit.hasBeenRead };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The API server's own record of who has read what the gates look at. */
function auditLog() {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-audit-'));
  const log = join(folder, 'audit.log');
  const policy = join(folder, 'policy.json');
  const resources = [
    { group: '', resources: ['secrets'] },
    { group: 'apps', resources: ['daemonsets'] },
    { group: 'operator.tigera.io', resources: ['tigerastatuses'] },
  ];
  writeFileSync(
    policy,
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', verbs: ['get'], resources }, { level: 'None' }],
    }),
  );
  const readings = (resource: string, name: string) =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').filter((line) => {
      if (!line.includes('kustomize-controller') || !line.includes(`"${name}"`)) return false;
      const { objectRef } = JSON.parse(line) as { objectRef: { resource: string; name: string } };
      return objectRef.resource === resource && objectRef.name === name;
    }).length;
  return {
    flags: [`--audit-log-path=${log}`, `--audit-policy-file=${policy}`],
    hasBeenRead: async (resource: string, name: string) => {
      const before = readings(resource, name);
      await waitFor(`a gate reads ${resource} ${name}`, 60_000, async () =>
        Promise.resolve(readings(resource, name) >= before + 2 ? undefined : new NotYet(`${before} readings before`)),
      );
    },
    stop: async () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
