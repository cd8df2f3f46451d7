/** Home Assistant as a plan wants it, in the words of its subchart. */
import type { Balanced, HomeAssistant, Storage } from '../../plan/network/index.ts';
import { homeAssistantDefaults, type HomeAssistantValues } from '../../values/home-assistant.ts';
import { asIps, NETWORKS_ANNOTATION, qualified } from '../attachments/network-attachment.ts';
import { tolerationsOf } from '../tolerations.ts';
import { ADDRESS_ANNOTATION, POOL_ANNOTATION } from '../metallb/ip-address-pool.ts';
import { onNodes } from '../on-nodes.ts';

/**
 * Root reads and writes files of others by it alone (capabilities(7)), and they keep their owner. Not fsGroup: it changes
 * nothing on a volume of kind hostPath, as k3s makes them, and NFS. Not an init container that changes the owner: the
 * installation that the files come from may still use them.
 */
const OTHER_OWNER = 'DAC_OVERRIDE';

/** What a plan decides; the rest are the chart's defaults. */
export function homeAssistantValues(app: HomeAssistant): Partial<HomeAssistantValues> {
  const networks = networksAnnotation(app);
  return {
    namespace: app.namespace,
    timeZone: app.timeZone,
    ...(networks === undefined ? {} : { podAnnotations: { [NETWORKS_ANNOTATION]: networks } }),
    ...(app.balanced ? balancedService(app.balanced) : {}),
    volumeClaim: volumeClaim(app.storage),
    ...(app.storage.otherOwner ? { capabilities: [OTHER_OWNER] } : {}),
    ...(app.tolerated.length > 0 ? { tolerations: tolerationsOf(app.tolerated) } : {}),
    // On nodes that have every bridge it needs.
    ...onNodes(app.attachments.flatMap(({ nodes }) => (nodes === undefined ? [] : [nodes]))),
  };
}

function balancedService({ address, pool, local }: Balanced): Partial<HomeAssistantValues> {
  return {
    service: {
      ...homeAssistantDefaults.service,
      type: 'LoadBalancer',
      // Local: it sees who asks, and only its own node answers.
      externalTrafficPolicy: local ? 'Local' : 'Cluster',
    },
    ...(address ? { serviceAnnotations: { [ADDRESS_ANNOTATION]: String(address) } } : {}),
    ...(pool === undefined ? {} : { serviceAnnotations: { [POOL_ANNOTATION]: pool } }),
  };
}

/** The short form; JSON where there is more to say than names (Network Custom Resource Definition De-facto Standard, 4.1.2.1). */
function networksAnnotation({ attachments, mac, addresses }: HomeAssistant): string | undefined {
  if (attachments.length === 0) return undefined;
  if (mac === undefined && Object.keys(addresses).length === 0) return attachments.map(qualified).join(', ');
  return JSON.stringify(
    attachments.map((attachment, index) => {
      const { name, namespace } = attachment;
      const address = addresses[name];
      return {
        name,
        namespace,
        ...(index === 0 && mac ? { mac: String(mac) } : {}),
        ...(address ? { ips: asIps(attachment, address) } : {}),
      };
    }),
  );
}

function volumeClaim(storage: Storage): HomeAssistantValues['volumeClaim'] {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: storage.size } },
    ...(storage.class === undefined ? {} : { storageClassName: storage.class }),
  };
}
