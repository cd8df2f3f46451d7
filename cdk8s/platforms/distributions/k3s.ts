import { FLEX_VOLUME_FOLDER, type DistributionTraits } from './distribution.ts';
import { rancher } from './rancher.ts';

export const k3s: DistributionTraits = {
  ...rancher({
    title: 'k3s',
    file: '/etc/rancher/k3s/config.yaml',
    withoutNetwork: { 'flannel-backend': 'none', 'disable-network-policy': true, disable: ['servicelb'] },
    images: '/var/lib/rancher/k3s/agent/images',
    ctr: 'k3s ctr',
  }),
  provider: undefined,
  flexVolumePath: FLEX_VOLUME_FOLDER,
  changed: '`systemctl restart k3s`, or `k3s-agent`',
  uninstall: '`k3s-uninstall.sh` on servers, `k3s-agent-uninstall.sh` on the other nodes.',
};
