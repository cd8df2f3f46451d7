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

/** The whole page. */
export function rulesReference(): string {
  const families = groupBy(rules, familyOf);
  const sections = [...families].map(([family, members]) => `## ${family}\n\n${table(members)}`);
  return `${[banner, introduction, ...sections].join('\n\n')}\n`;
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
