/** The values of the subchart home-assistant, as types and as charts/flatlan/charts/home-assistant/values.schema.json. */
import * as z from 'zod';
import { affinity, image, label, resources, tolerations } from './container.ts';

/** The port of Home Assistant's user interface. */
export const PORT = 8123;
export const selector = { 'app.kubernetes.io/name': 'home-assistant' } as const;

const service = z
  .strictObject({
    type: z.enum(['ClusterIP', 'LoadBalancer']),
    externalTrafficPolicy: z.enum(['Local', 'Cluster']).optional(),
    loadBalancerClass: z.string().optional(),
    ports: z.array(
      z.strictObject({ name: z.literal('http'), port: z.int().min(1).max(65535), targetPort: z.literal('http') }),
    ),
    selector: z.strictObject({ 'app.kubernetes.io/name': z.literal('home-assistant') }),
  })
  .meta({ description: 'The spec of its Service.' });

const volumeClaim = z
  .strictObject({
    accessModes: z.array(z.enum(['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'])).length(1),
    resources: z.strictObject({ requests: z.strictObject({ storage: z.string().regex(/^[1-9][0-9]*(Mi|Gi|Ti)$/) }) }),
    storageClassName: z.string().optional(),
    volumeName: z.string().optional(),
  })
  .meta({ description: 'The spec of its PersistentVolumeClaim, which stays when the release is uninstalled.' });

export const homeAssistantValuesSchema = z.strictObject({
  namespace: label
    .optional()
    .meta({ description: 'The namespace that it runs in, which must exist. Without one, this chart is empty.' }),
  timeZone: z.string().regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/),
  podAnnotations: z.record(z.string(), z.string()).meta({
    description: 'Annotations of its pod, such as k8s.v1.cni.cncf.io/networks: the attachments that it requests.',
  }),
  image: image.meta({ description: "Home Assistant's own image." }),
  capabilities: z.array(z.string().regex(/^[A-Z_]+$/)).meta({
    description:
      'Linux capabilities that it gets. Default: none. NET_RAW lets it discover devices by their DHCP requests, DAC_OVERRIDE read files of its volume that belong to another user.',
  }),
  service,
  serviceAnnotations: z
    .record(z.string(), z.string())
    .meta({ description: 'Annotations of its Service, such as metallb.io/loadBalancerIPs.' }),
  volumeClaim,
  resources,
  tolerations,
  affinity,
});

export type HomeAssistantValues = z.output<typeof homeAssistantValuesSchema>;

export const homeAssistantDefaults = {
  timeZone: 'Etc/UTC',
  podAnnotations: {},
  image:
    'ghcr.io/home-assistant/home-assistant:2026.9.4@sha256:3e6710a7ab2a61311d9d899b719f6c3657791c63e8f4942cec4ebc42401d6b76',
  capabilities: [],
  service: { type: 'ClusterIP', ports: [{ name: 'http', port: PORT, targetPort: 'http' }], selector },
  serviceAnnotations: {},
  volumeClaim: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
  // No memory limit: integrations differ too much to guess one, and an OOM kill during a write can destroy the history.
  resources: { requests: { cpu: '100m', memory: '512Mi' } },
  tolerations: [],
  affinity: {},
} satisfies HomeAssistantValues;
