/**
 * The chart writer: every file of charts/flatlan. It knows no cluster; what a plan decides comes in by values.
 *
 *   charts/flatlan/                 Chart.yaml Chart.lock values.yaml values.schema.json README.md .helmignore
 *     layers/                       <layer>.yaml: which release this is
 *     templates/                    guards, locks, checks, namespaces and the kind of attachments, NOTES.txt
 *     charts/<subchart>/            the plan's objects as templates
 *     charts/{tigera-operator,metallb}-*.tgz   upstream's, by `helm dependency build`; never written here
 */
import { DO_NOT_EDIT } from '../banner.ts';
import { CHART_FOLDER } from '../paths.ts';
import type { ChartVersions } from '../plan/versions.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { subchartMetadata, umbrellaChart, umbrellaLock } from './chart-metadata.ts';
import { guards, helpers } from './guards/index.ts';
import { layerFile, layerPath, layers } from './layers.ts';
import { notes } from './notes.ts';
import { chartReadme } from './readme.ts';
import { subcharts, type Subchart } from './subcharts.ts';
import { umbrellaTemplates } from './umbrella-templates.ts';
import { subchartSchema, umbrellaSchema } from './values-schema.ts';
import { subchartValues, umbrellaValues } from './values-files.ts';

export function chartFiles(versions: ChartVersions): GeneratedFile[] {
  const files: Record<string, string> = {
    'Chart.yaml': umbrellaChart(versions),
    'Chart.lock': umbrellaLock(versions),
    'values.yaml': umbrellaValues(),
    'values.schema.json': umbrellaSchema(),
    'README.md': chartReadme(),
    '.helmignore': `# ${DO_NOT_EDIT}\n.git\n*.orig\n*.swp\n`,
    'templates/_helpers.tpl': helpers(),
    'templates/guards.yaml': guards(),
    'templates/NOTES.txt': notes(),
    ...Object.fromEntries(layers.map((layer) => [layerPath(layer), layerFile(layer)])),
    ...Object.fromEntries(
      Object.entries(umbrellaTemplates(versions)).map(([name, text]) => [`templates/${name}.yaml`, text]),
    ),
    ...Object.fromEntries(subcharts.flatMap(subchartFiles)),
  };
  return Object.entries(files).map(([path, content]) => ({ path: `${CHART_FOLDER}/${path}`, content }));
}

function subchartFiles(subchart: Subchart): [path: string, text: string][] {
  const files: [string, string][] = [
    ['Chart.yaml', subchartMetadata(subchart)],
    ['values.yaml', subchartValues(subchart)],
    ['values.schema.json', subchartSchema(subchart)],
    ...Object.entries(subchart.templates()).map(([name, text]): [string, string] => [`templates/${name}.yaml`, text]),
  ];
  return files.map(([path, text]) => [`charts/${subchart.name}/${path}`, text]);
}
