/**
 * What comes first: the reservation or the pool. The operator is played: as soon as it sees an Installation it makes the
 * pool of it, while Helm still works. The API server numbers its writes (resourceVersion), which is the order.
 */
import type { ControlPlane } from './control-plane.ts';
import type { KubernetesObject } from './clients.ts';
import { ok } from './umbrella.ts';

export const RESERVATION = ['ipreservations.projectcalico.org', 'devices'] as const;
export const POOL = ['ippools.projectcalico.org', 'pods'] as const;

interface Played {
  /** The write by which the Installation was there when it was first seen. */
  readonly seen: Promise<number>;
  stop(): void;
}

/** Looks for the Installation again and again, and makes its pool at once, as pkg/controller/ippool does. */
export function playPools(cluster: ControlPlane): Played {
  let stopped = false;
  const look = async (): Promise<number> => {
    while (!stopped) {
      const { code, stdout } = await cluster.kubectl([
        'get',
        'installations.operator.tigera.io',
        'default',
        '--output=json',
      ]);
      // Not there yet, or not even its kind.
      if (code !== 0) continue;
      const found = JSON.parse(stdout) as KubernetesObject;
      const { calicoNetwork } = found.spec as {
        calicoNetwork: { ipPools: { name: string; cidr: string; blockSize: number }[] };
      };
      for (const { name, cidr, blockSize } of calicoNetwork.ipPools)
        ok(
          await cluster.kubectl(
            ['apply', '--server-side', '--filename=-'],
            JSON.stringify({
              apiVersion: 'projectcalico.org/v3',
              kind: 'IPPool',
              metadata: { name },
              spec: {
                cidr,
                blockSize,
                ipipMode: 'Never',
                vxlanMode: 'Never',
                natOutgoing: false,
                nodeSelector: 'all()',
              },
            }),
          ),
        );
      return writeOf(found);
    }
    throw new Error('no Installation came');
  };
  return {
    seen: look(),
    stop: () => {
      stopped = true;
    },
  };
}

export function writeOf(object: KubernetesObject | undefined): number {
  const version = Number(object?.metadata.resourceVersion);
  if (!Number.isInteger(version)) throw new Error('there is no such object');
  return version;
}
