/** The attachments of a plan, in the words of their subchart. */
import type { Attachment, Network } from '../../plan/network/index.ts';
import { byName } from '../by-name.ts';
import { onNodes } from '../on-nodes.ts';
import { attachmentConfig, leaseBounds, qualified } from './network-attachment.ts';

/** What a plan with attachments decides; the rest are the chart's defaults. */
export function attachmentsValues({ kubernetes, attachments }: Network): object | undefined {
  if (attachments.length === 0) return undefined;
  const byQualifiedName = <Value>(value: (one: Attachment) => Value): Record<string, Value> =>
    Object.fromEntries(attachments.map((one) => [qualified(one), value(one)]));
  const pins = attachments.flatMap((one) => one.pins);
  return {
    definitions: byName(attachments, (one) => ({ namespace: one.namespace, config: attachmentConfig(one) })),
    access: byQualifiedName(({ namespaces }) => namespaces),
    ...(pins.length > 0
      ? { pins: Object.fromEntries(pins.map(({ mac, namespace, workload }) => [String(mac), { namespace, workload }])) }
      : {}),
    ...fixedValues(attachments),
    agent: { attachments: byQualifiedName(agentAttachment) },
    hostBinDir: kubernetes.cni.binDir,
    hostNetnsDir: kubernetes.netnsDir,
    ...onAnyNode(attachments),
  };
}

/** What pods may request: addresses of ranges, and those that are one workload's alone. */
function fixedValues(attachments: readonly Attachment[]): object {
  const ranges = attachments.flatMap((one): [string, string[]][] =>
    one.fixed?.range ? [[qualified(one), one.fixed.subnets.map(String)]] : [],
  );
  const owners = attachments.flatMap((one) =>
    (one.fixed?.owners ?? []).map(
      ({ address, namespace, workload }) =>
        [String(address), { attachment: qualified(one), namespace, workload }] as const,
    ),
  );
  return {
    ...(ranges.length > 0 ? { ranges: Object.fromEntries(ranges) } : {}),
    ...(owners.length > 0 ? { addresses: Object.fromEntries(owners) } : {}),
  };
}

/** What the agent knows of an attachment (docs/node-contract.md, `agent`). */
function agentAttachment(attachment: Attachment): object {
  const { bridge, mtu, servers, nodes, withoutAddress } = attachment;
  return {
    bridge,
    mtu,
    ...leaseBounds(attachment),
    ...(servers.length > 0 ? { servers: servers.map(String) } : {}),
    ...(nodes ? { nodes } : {}),
    ...(withoutAddress.length > 0 ? { withoutAddress } : {}),
  };
}

/** The agent runs where some attachment's bridge is. */
function onAnyNode(attachments: readonly Attachment[]): { affinity: object } | undefined {
  if (attachments.some(({ nodes }) => nodes === undefined)) return undefined;
  return onNodes([[...new Set(attachments.flatMap(({ nodes }) => nodes ?? []))]]);
}
