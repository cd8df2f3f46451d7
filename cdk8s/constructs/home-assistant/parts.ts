/** Every object of the subchart home-assistant. Without a namespace there is none. */
import type { Construct } from 'constructs';
import type { Source } from '../../source.ts';
import type { HomeAssistantValues } from '../../values/home-assistant.ts';
import { PartsOf, type Parts } from '../parts.ts';
import { HomeAssistant } from './home-assistant.ts';

export function homeAssistantParts(scope: Construct, values: Source<HomeAssistantValues>): Parts {
  const parts = new PartsOf(scope);
  values.given(
    parts.part('home-assistant'),
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
  return parts.all;
}
