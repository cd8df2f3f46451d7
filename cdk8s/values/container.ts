/** Settings of containers that a Helm user may change, with Kubernetes' own names. */
import * as z from 'zod';

/** With a tag; a digest after it takes precedence. */
export const image = z
  .string()
  .regex(/^([a-z0-9.-]+(:[0-9]+)?\/)?[a-z0-9._/-]+:[A-Za-z0-9._-]+(@sha256:[0-9a-f]{64})?$/);

const quantities = z.record(z.string(), z.union([z.string(), z.number()]));

export const resources = z
  .strictObject({ requests: quantities.optional(), limits: quantities.optional() })
  .meta({ description: 'Requests and limits, as in a container spec.' });

export const tolerations = z
  .array(z.looseObject({}))
  .meta({ description: 'Taints that the pods tolerate, as in a pod spec.' });

export const affinity = z.looseObject({}).meta({ description: 'Which nodes the pods run on, as in a pod spec.' });

/** RFC 1123, as Kubernetes names namespaces. */
export const label = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
export const absolutePath = z.string().regex(/^\/[^\s]*$/);
