import type { CniTraits } from './cni.ts';

/**
 * Its file and name: cilium/cilium, daemon/cmd/cni/config.go, cniConfigs and setupCNIConfFile; what it does to other files:
 * there, cleanupOtherCNI. Chaining it behind another plugin (cni.chainingMode) gives its file another name.
 */

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
  notes: [
    'With `cni.chainingMode` its file has the name of another network: write `cni: {conf: 05-cilium.conflist, name: <that name>}` in the plan then.',
  ],
};
