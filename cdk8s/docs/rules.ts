/** docs/rules.md: the table of rules, for people to look a code up. */
import { DO_NOT_EDIT } from '../banner.ts';
import { groupBy } from '../plan/group.ts';
import type { Rule } from '../plan/rules/rule.ts';
import { rules } from '../plan/rules/index.ts';

const banner = `<!-- ${DO_NOT_EDIT} -->`;

const introduction = `# Rules

What \`flatlan check\` checks in a plan. Each finding has the code of its rule; a code never changes its meaning.
With an **error** nothing is generated; a **warning** does not stop anything. The remedy of a finding is often more exact
than the one here, because it uses the values of the plan.`;

/** What plan/together.ts finds. */
const together = `## plan

Of plans that are checked together (\`flatlan check a.yaml b.yaml\`): an error where both name the same \`house\`, a warning where they
only have the same router. Whether two plans are of one house, docs/architecture.md says.

| code | what must hold |
| --- | --- |
| \`plan/router-differs\` | A router has one AS number and one software in all plans. |
| \`plan/vlan-differs\` | A network has one VLAN ID in all plans that say one. |
| \`plan/subnets-collide\` | Pods, load balancers, links and announced services of two clusters have different subnets; a network is the same in both. |
| \`plan/addresses-collide\` | No two machines or pods of two clusters have the same address. |
| \`plan/dhcp-differs\` | A network has one DHCP range in all plans, or disjoint ones of two servers. |
| \`plan/leases-collide\` | The DHCP range of one plan contains no fixed address of another, unless its server keeps it. |
| \`plan/macs-collide\` | No two machines or workloads of two clusters have the same MAC address. |`;

/** The whole page. */
export function rulesReference(): string {
  const families = groupBy(rules, familyOf);
  const sections = [...families].map(([family, members]) => `## ${family}\n\n${table(members)}`);
  return `${[banner, introduction, ...sections, together].join('\n\n')}\n`;
}

function familyOf({ code }: Rule): string {
  return code.slice(0, code.indexOf('/'));
}

function table(members: readonly Rule[]): string {
  const rows = members.map(({ code, severity, summary, remedy }) =>
    row([`\`${code}\``, severity, cell(summary), cell(remedy)]),
  );
  return [row(['code', 'severity', 'what must hold', 'what to do']), row(['---', '---', '---', '---']), ...rows].join(
    '\n',
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A pipe would end the cell; angle brackets would be HTML. */
function cell(text: string): string {
  return text.replace(/[|\\]/g, '\\$&').replace(/</g, '&lt;');
}
