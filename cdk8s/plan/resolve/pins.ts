/** MAC and static addresses that pods keep: those of the plan's application and of a person's own workloads. */
import { must } from '../must.ts';
import type { AddressOwner, Pin } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

/** Who may pin which MAC address by an attachment. */
export function pinsOf({ attachments, apps }: Plan, attachment: string): Pin[] {
  const { namespace: home, workloads } = must(attachments[attachment], `attachment ${attachment}`);
  const app = apps['home-assistant'];
  return [
    ...(app?.mac && app.attachments[0] === attachment
      ? [{ mac: app.mac, namespace: app.namespace, workload: 'home-assistant' }]
      : []),
    ...Object.entries(workloads).flatMap(([workload, { mac, namespace = home }]) =>
      mac ? [{ mac, namespace, workload }] : [],
    ),
  ];
}

/** Who may request which address by an attachment. */
export function ownersOf({ attachments, apps }: Plan, attachment: string): AddressOwner[] {
  const { namespace: home, workloads } = must(attachments[attachment], `attachment ${attachment}`);
  const app = apps['home-assistant'];
  const own = app?.addresses[attachment];
  return [
    ...(app && own ? [{ address: own, namespace: app.namespace, workload: 'home-assistant' }] : []),
    ...Object.entries(workloads).flatMap(([workload, { address, namespace = home }]) =>
      address ? [{ address, namespace, workload }] : [],
    ),
  ];
}

/** Pins whose address is of this network. */
export function pinsOn(plan: Plan, network: string): Pin[] {
  return Object.entries(plan.attachments).flatMap(([name, attachment]) =>
    attachment.network === network && attachment.addresses === 'dhcp' ? pinsOf(plan, name) : [],
  );
}
