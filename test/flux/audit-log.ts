/** The API server's own record of who has read what the gates look at: proof that a shut gate has seen what it ignores. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotYet, waitFor } from '../cluster/http.ts';

export interface AuditLog {
  /** For kube-apiserver. */
  readonly flags: readonly string[];
  /** Returns once a gate has read the object twice more; the second reading is of what was written before the call. */
  readonly gateHasRead: (resource: string, name: string) => Promise<void>;
  remove(): void;
}

const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      verbs: ['get'],
      resources: [
        { group: '', resources: ['secrets'] },
        { group: 'apps', resources: ['daemonsets'] },
        { group: 'operator.tigera.io', resources: ['tigerastatuses'] },
      ],
    },
    { level: 'None' },
  ],
};

interface AuditEvent {
  readonly userAgent: string;
  readonly objectRef: { readonly resource: string; readonly name: string };
}

export function auditLog(): AuditLog {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-audit-'));
  const log = join(folder, 'audit.log');
  const policyFile = join(folder, 'policy.json');
  writeFileSync(policyFile, JSON.stringify(policy));

  function readings(resource: string, name: string): number {
    if (!existsSync(log)) return 0;
    // The last line may be half written.
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return lines
      .filter((line) => line.includes(`"${name}"`))
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ userAgent, objectRef }) => {
        return (
          userAgent.startsWith('kustomize-controller') && objectRef.resource === resource && objectRef.name === name
        );
      }).length;
  }

  return {
    flags: [`--audit-log-path=${log}`, `--audit-policy-file=${policyFile}`],
    gateHasRead: async (resource, name) => {
      const before = readings(resource, name);
      await waitFor(`a gate reads ${resource} ${name} twice`, 60_000, async () =>
        Promise.resolve(readings(resource, name) >= before + 2 ? undefined : new NotYet(`it had ${before} times`)),
      );
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
