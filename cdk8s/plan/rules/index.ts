/**
 * Every rule, by family. A family's file has its rules and the functions that they share; a rule depends only on the plan
 * (read/checked-plan.ts) and on addresses. docs/rules.md is generated from this table.
 *
 * A new rule is a record in its family's file, a valid and an invalid plan in test/fixtures/rules/<family>/, and
 * `npm run docs`.
 */
import type { Rule } from './rule.ts';
import { addressRules } from './addresses.ts';
import { attachmentRules } from './attachments.ts';
import { bgpRules } from './bgp.ts';
import { clientRules } from './clients.ts';
import { dhcpRules } from './dhcp.ts';
import { dnsRules } from './dns.ts';
import { endpointRules } from './endpoint.ts';
import { linkRules } from './links.ts';
import { loadBalancerRules } from './load-balancers.ts';
import { mtuRules } from './mtu.ts';
import { nodeRules } from './nodes.ts';
import { ownedNameRules } from './owned-names.ts';
import { platformRules } from './platform.ts';
import { podRules } from './pods.ts';
import { reachabilityRules } from './reachability.ts';
import { schemaRules } from './schema.ts';
import { versionRules } from './versions.ts';
import { vlanRules } from './vlan.ts';

export const rules: readonly Rule[] = [
  ...schemaRules,
  ...addressRules,
  ...dhcpRules,
  ...vlanRules,
  ...mtuRules,
  ...linkRules,
  ...nodeRules,
  ...podRules,
  ...bgpRules,
  ...loadBalancerRules,
  ...reachabilityRules,
  ...clientRules,
  ...attachmentRules,
  ...dnsRules,
  ...endpointRules,
  ...ownedNameRules,
  ...versionRules,
  ...platformRules,
];

const byCode = new Map(rules.map((rule) => [rule.code, rule]));

/** @throws Error for a code that no rule has: a programming error. */
export function ruleByCode(code: string): Rule {
  const rule = byCode.get(code);
  if (!rule) throw new Error(`no rule has the code ${code}`);
  return rule;
}
