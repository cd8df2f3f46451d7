/** Every object of the subchart home-assistant. Without a namespace there is none. */
import { Construct } from 'constructs';
import type { Source } from '../../source.ts';
import type { HomeAssistantValues } from '../../values/home-assistant.ts';
import { HomeAssistant } from './home-assistant.ts';

export function homeAssistantParts(
  scope: Construct,
  values: Source<HomeAssistantValues>,
): ReadonlyMap<string, Construct> {
  const part = new Construct(scope, 'home-assistant');
  values.given(
    part,
    'namespace',
    (at, namespace) =>
      new HomeAssistant(at, 'app', {
        namespace,
        timeZone: values.value('timeZone'),
        podAnnotations: values.value('podAnnotations'),
        image: values.value('image'),
        capabilities: values.value('capabilities'),
        service: values.value('service'),
        serviceAnnotations: values.value('serviceAnnotations'),
        volumeClaim: values.value('volumeClaim'),
        resources: values.value('resources'),
        tolerations: values.value('tolerations'),
        affinity: values.value('affinity'),
      }),
  );
  return new Map([['home-assistant', part]]);
}
