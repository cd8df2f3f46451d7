/** The plan of overlays/keep-cilium, of mode existing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyNetworkOf } from './fixtures.ts';

export const keepCilium = anyNetworkOf(
  readFileSync(join(import.meta.dirname, '..', '..', 'overlays', 'keep-cilium', 'plan.yaml'), 'utf8'),
  'keep-cilium',
);
