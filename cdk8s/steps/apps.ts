/** The plan's applications: a release of their own, so that they come and go without touching the network. */
import { apps, NAMESPACE } from '../helm/layers.ts';
import type { HomeAssistant, Network } from '../plan/network/index.ts';
import { block, code, codes } from './markdown.ts';
import { install } from './releases.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

export function appSteps(network: Network): Step[] {
  const { homeAssistant } = network.apps;
  return homeAssistant ? [homeAssistantStep(network, homeAssistant)] : [];
}

function homeAssistantStep(network: Network, app: HomeAssistant): Step {
  const namespace = word(app.namespace);
  const pools = network.loadBalancers.map(({ addresses }) => addresses);
  return {
    title: `Home Assistant: release ${code(apps.release)}`,
    todo: [block('sh', install(apps, network))],
    see: [
      'Its first start takes some minutes.',
      block('console', [
        `$ kubectl rollout status deployment/home-assistant --namespace ${namespace} --timeout 15m`,
        'deployment "home-assistant" successfully rolled out',
        `$ helm test ${apps.release} --namespace ${NAMESPACE} --logs`,
        '...',
        'Phase: Succeeded',
      ]),
      app.balanced
        ? `${code(`kubectl get service home-assistant --namespace ${namespace}`)} has an EXTERNAL-IP of ${codes(pools, 'or')}; \`http://<EXTERNAL-IP>:8123\` opens from any device of the house.`
        : `${code(`kubectl port-forward deployment/home-assistant 8123 --namespace ${namespace}`)}, then \`http://localhost:8123\`.`,
      ...(app.attachments.length > 0
        ? ['Settings > Devices & services finds devices of the LAN within a few minutes.']
        : []),
    ],
    back: [
      `${code(`helm uninstall ${apps.release} --namespace ${NAMESPACE}`)}. Its volume stays (${code(`kubectl get persistentvolumeclaims --namespace ${namespace}`)}); the network notices nothing.`,
    ],
  };
}
