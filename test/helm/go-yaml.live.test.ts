/** What flatlan prints, read by the YAML of Go that Helm and Kubernetes have, and by the templates of Go. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Expressions } from '../../cdk8s/helm/expression.ts';
import { describeWith } from '../cluster/tools.ts';
import { helm, helms, temporaryFolder } from './helm.ts';
import { manifestsIn } from './manifests.ts';
import { hostile, maps as anyMaps } from './hostile.ts';

/** Braces go through Helm's toJson, which leaves characters as they are that Go's YAML does not read. */
function beyondToJson(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{{') && /[\u007f-\u009f\ufeff]/.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(beyondToJson);
}

describeWith(helms, 'printed templates, read by Go', () => {
  const folder = temporaryFolder();
  const maps = [
    ...hostile.map((text) => ({ text, list: [text], [text.includes('{{') ? 'no expression' : text]: 1 })),
    ...fc.sample(anyMaps, { seed: 7, numRuns: 300 }),
  ].filter((map) => !beyondToJson(map));
  // Each file of `printed/` is a template of its own; the chart renders it and reads the outcome back.
  mkdirSync(join(folder, 'chart/templates'), { recursive: true });
  mkdirSync(join(folder, 'chart/printed'), { recursive: true });
  writeFileSync(join(folder, 'chart/Chart.yaml'), stringify({ apiVersion: 'v2', name: 'printed', version: '1.0.0' }));
  writeFileSync(
    join(folder, 'chart/templates/read.yaml'),
    `apiVersion: v1
kind: ConfigMap
metadata: {name: read}
data:
{{- range $path, $_ := .Files.Glob "printed/*" }}
  {{ base $path }}: {{ tpl ($.Files.Get $path) $ | fromYaml | toJson | b64enc }}
{{- end }}
`,
  );
  for (const [index, map] of maps.entries())
    writeFileSync(join(folder, 'chart/printed', `f${index}.yaml`), new Expressions().print(map));

  test.each(helms)('%s', async (which) => {
    const { code, stdout, stderr } = await helm(which, folder, ['template', 'x', join(folder, 'chart')]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const [read] = manifestsIn(stdout) as { data?: Record<string, string> }[];
    const found = maps.map((_, index) => {
      const json = Buffer.from(read?.data?.[`f${index}.yaml`] ?? '', 'base64').toString('utf8');
      return JSON.parse(json) as unknown;
    });
    expect(found).toEqual(maps);
  });
});
