/**
 * STEPS.md of a cluster: what to apply in which order, how to verify each step, and how to roll it back. Pure: from the
 * resolved network to one file. Depends on plan/ and on the names of the chart (helm/).
 *
 * A new step is a file, its line in `steps`, its test in test/steps/, and `npm run synth`, which writes overlays/.
 */
import { generatedFolder } from '../paths.ts';
import { fromPlan } from '../banner.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import { CALICO_CONFLIST, CALICO_KUBECONFIG } from '../platforms/calico.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { appSteps } from './apps.ts';
import { attachmentSteps } from './attachments.ts';
import { bridgedStep } from './bridged.ts';
import { dhcpSteps } from './dhcp.ts';
import { existingStep } from './existing.ts';
import { fluxSection } from './flux.ts';
import { kubernetesStep } from './kubernetes.ts';
import { code } from './markdown.ts';
import { nodeImageSteps } from './node-image.ts';
import { nodeStep } from './nodes.ts';
import { growSteps, limits } from './on-lan.ts';
import { overview } from './overview.ts';
import { passwordSteps } from './password.ts';
import { additionsStep, networkStep, operatorsStep, prerequisitesStep } from './releases.ts';
import { routerSteps } from './router.ts';
import { sessionsStep } from './sessions.ts';
import { stepText, type Step } from './step.ts';

export function stepsFiles(network: Network): GeneratedFile[] {
  return [{ path: `${generatedFolder(network.cluster)}/STEPS.md`, content: stepsText(network) }];
}

export function stepsText(network: Network): string {
  const parts = [
    `<!-- ${fromPlan(network.cluster)} -->`,
    `# Steps to ${code(network.cluster)}`,
    'From the router inwards: each step works without the next, and each can be rolled back. Continue only when you see what **Verify** says.',
    overview(network),
    ...limits(network),
    ...steps(network).map((step, index) => stepText(step, index + 1)),
    fluxSection(network),
    removal(network),
  ];
  return `${parts.join('\n\n')}\n`;
}

function steps(network: Network): Step[] {
  return [
    ...growSteps(network),
    ...routerSteps(network),
    ...dhcpSteps(network),
    nodeStep(network),
    ...(network.pods.mode === 'existing' ? [existingStep(network, network.pods)] : [kubernetesStep(network)]),
    ...nodeImageSteps(network),
    ...(isCalico(network)
      ? [operatorsStep(network), networkStep(network), ...passwordSteps(network), sessionsStep(network)]
      : [
          prerequisitesStep(network),
          network.pods.mode === 'bridged' ? bridgedStep(network, network.pods) : additionsStep(network),
        ]),
    ...attachmentSteps(network),
    ...appSteps(network),
  ];
}

function removal(network: Network): string {
  if (network.pods.mode === 'existing')
    return `## Roll back everything

Roll back all steps, from the last to the first. The cluster's own network is as it was before.`;
  if (network.pods.mode === 'bridged')
    return `## Roll back everything

Roll back all steps, from the last to the first. Kubernetes can stay for another network once the releases are gone.`;
  const { kubernetes } = network;
  const conflist = `${kubernetes.cni.confDir}/${CALICO_CONFLIST}`;
  return `## Roll back everything

Roll back all steps, from the last to the first. Kubernetes can stay for another network once the releases are gone;
take ${code(conflist)} and ${code(CALICO_KUBECONFIG)} off the nodes then, and restart them.

A network that is installed anew may give Services of type LoadBalancer other addresses than before: names of the house that lead to
one, and rules of its firewall, have to follow.`;
}
