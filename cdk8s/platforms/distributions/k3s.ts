import type { DistributionTraits } from './distribution.ts';
import { rancher } from './rancher.ts';

export const k3s: DistributionTraits = {
  ...rancher({
    title: 'k3s',
    file: '/etc/rancher/k3s/config.yaml',
    withoutNetwork: ['flannel-backend: none', 'disable-network-policy: true', 'disable:', '  - servicelb'],
  }),
  flexVolumePath: '/usr/libexec/kubernetes/kubelet-plugins/volume/exec/',
  changed: '`systemctl restart k3s`, or `k3s-agent`',
  uninstall: '`k3s-uninstall.sh` on servers, `k3s-agent-uninstall.sh` on the other nodes.',
};
