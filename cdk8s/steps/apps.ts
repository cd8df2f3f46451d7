/** The plan's applications: a release of their own, so that they come and go without touching the network. */
import { apps, NAMESPACE } from '../helm/layers.ts';
import type { Balanced, HomeAssistant, Network } from '../plan/network/index.ts';
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
        ? `${code(`kubectl get service home-assistant --namespace ${namespace}`)} has ${externalIp(network, app.balanced)}`
        : `${code(`kubectl port-forward deployment/home-assistant 8123 --namespace ${namespace}`)}, then \`http://localhost:8123\`.`,
      ...(app.attachments.length > 0
        ? ['Settings > Devices & services finds devices of the LAN within a few minutes.']
        : []),
      ...(app.storage.otherOwner
        ? []
        : [
            `\`PermissionError\` in ${code(`kubectl logs deployment/home-assistant --namespace ${namespace}`)}: files of its volume come from another installation and belong to another user. Add ${code('storage: {otherOwner: true}')} to the plan, under ${code('apps.home-assistant')}.`,
          ]),
    ],
    back: [
      `${code(`helm uninstall ${apps.release} --namespace ${NAMESPACE}`)}. Its volume stays (${code(`kubectl get persistentvolumeclaims --namespace ${namespace}`)}); the network notices nothing.`,
    ],
  };
}

/** Which address, and where from it opens. */
function externalIp({ loadBalancers, clientNetworks }: Network, { address, pool }: Balanced): string {
  const pools = loadBalancers.filter((one) =>
    address ? one.addresses.contains(address) : pool === undefined ? one.autoAssign : one.name === pool,
  );
  const reaching = clientNetworks.filter(({ name }) => pools.every(({ clients }) => clients.includes(name)));
  const from =
    reaching.length === clientNetworks.length
      ? 'any device of the house'
      : reaching.length === 0
        ? 'nodes and pods'
        : `devices of network ${codes(
            reaching.map(({ name }) => name),
            'and',
          )}`;
  const ip = address ? String(address) : '<EXTERNAL-IP>';
  const which = address
    ? `the EXTERNAL-IP ${code(address)}`
    : `an EXTERNAL-IP of ${codes(
        pools.map(({ addresses }) => addresses),
        'or',
      )}`;
  return `${which}; \`http://${ip}:8123\` opens from ${from}.`;
}
