/** The same releases by Flux, for those who keep the cluster in Git. */
import { kustomizationNames } from '../flux/index.ts';
import { fluxClusterFolder } from '../paths.ts';
import { carriesNetwork, layersIn, NAMESPACE, network as networkLayer } from '../helm/layers.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import { block, code, codes } from './markdown.ts';
import { word } from './shell.ts';
import { CALICO_NAMESPACE } from '../platforms/calico.ts';

export function fluxSection(network: Network): string {
  const carrying = layersIn(network)
    .filter(carriesNetwork)
    .map(({ release }) => release)
    .reverse()
    .join(' ');
  return [
    '## With Flux',
    isCalico(network)
      ? `Flux's own pods need the network, so a new cluster is started by the steps above. Flux then takes over releases of the same names: nothing is installed anew.`
      : 'Flux can install all of it in place of the steps with `helm`, or take over releases of the same names: nothing is installed anew then.',
    block('sh', [
      'git add charts flux overlays && git commit && git push',
      `flux bootstrap git --url=<your repository> --branch=main --path=${word(fluxClusterFolder(network.cluster))}`,
    ]),
    '**Verify**',
    `\`flux get kustomizations\` shows ${codes(kustomizationNames(network))} with ${code('True')}; \`helm history ${networkLayer.release} --namespace ${NAMESPACE}\` has one revision more, and \`kubectl get pods --namespace ${isCalico(network) ? CALICO_NAMESPACE : NAMESPACE}\` no pod younger than before.`,
    '**Roll back**',
    'A HelmRelease that carries the network may go only when it is suspended: its release then stays, and Helm goes on with it (Helm 4 with `--force-conflicts` the first time).',
    block('sh', [`flux suspend kustomization ${carrying}`, `flux suspend helmrelease ${carrying}`, 'flux uninstall']),
  ].join('\n\n');
}
