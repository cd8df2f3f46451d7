import type { CniTraits } from './cni.ts';

export const cilium: CniTraits = {
  title: 'Cilium',
  network: 'cilium',
  conf: '05-cilium.conflist',
  folders: undefined,
  distribution: undefined,
  settings: [
    {
      todo: 'Set `cni.exclusive: false` in the values of its chart and restart its agents (`kubectl rollout restart daemonset/cilium --namespace kube-system`). As it comes, Cilium renames every other file of the folder to `*.cilium_bak`, that of Multus too, and pods get no second interface.',
      check: "kubectl get configmap cilium-config --namespace kube-system --output jsonpath='{.data.cni-exclusive}'",
      prints: 'false',
    },
  ],
  notes: [],
};
