import type { DistributionTraits } from './distribution.ts';
import { rancher } from './rancher.ts';

export const rke2: DistributionTraits = {
  ...rancher({
    title: 'RKE2',
    file: '/etc/rancher/rke2/config.yaml',
    registration: 9345,
    withoutNetwork: { cni: 'none' },
    images: '/var/lib/rancher/rke2/agent/images',
    ctr: '/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io',
  }),
  provider: 'RKE2',
  flexVolumePath: '/var/lib/kubelet/volumeplugins/',
  changed: '`systemctl restart rke2-server`, or `rke2-agent`',
  uninstall: '`rke2-uninstall.sh` on every node.',
};
