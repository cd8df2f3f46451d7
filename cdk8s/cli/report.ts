/**
 * What people and scripts read: findings as text or JSON.
 */
import { hasErrors, type Finding } from '../plan/finding.ts';
import { bold, dim, red, yellow } from './output.ts';

/** Three lines a finding: where and what rule, what is wrong, what to do. */
export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ place, severity, code, problem, remedy }) => {
      const colour = severity === 'error' ? red : yellow;
      return [
        `${bold(`${place.file}:${place.line}:${place.column}`)} ${colour(severity)} ${dim(code)}`,
        `  ${problem}`,
        `  ${dim('->')} ${remedy}`,
        '',
      ].join('\n');
    })
    .join('');
}

/** `2 errors, 1 warning` */
export function countText(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity'], word: string): string => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return `${number} ${word}${number === 1 ? '' : 's'}`;
  };
  return `${count('error', 'error')}, ${count('warning', 'warning')}`;
}

export function findingsJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: !hasErrors(findings), findings }, null, 2)}\n`;
}
