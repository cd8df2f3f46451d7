/** Which custom resources `imports/` has types of, and the pinned files that they are made from (upstream-crds.mjs gets them). */

/** @import { CrdProject } from './upstream-crds.d.mts' */

/** @type {readonly CrdProject[]} */
export const crdProjects = [
  {
    name: 'Calico',
    version: 'v3.32.1',
    repository: 'projectcalico/calico',
    path: 'api/config/crd',
    folder: 'calico-v3.32.1',
    group: 'projectcalico.org',
    files: [
      {
        kind: 'BGPConfiguration',
        plural: 'bgpconfigurations',
        version: 'v3',
        sha256: '3905667e6912abfe893acfd19b36868b67eca281d66911fa21d09d3da1d740e3',
      },
      {
        kind: 'BGPFilter',
        plural: 'bgpfilters',
        version: 'v3',
        sha256: 'c361e42c5f5fc0d7e3d51b790979b19f63b1f96457d9ff522bf2243c6aeb9448',
      },
      {
        kind: 'BGPPeer',
        plural: 'bgppeers',
        version: 'v3',
        sha256: '9711d329833ae5606b850c235b314de47fdea5c126bbff9aa7066a0c9ae17194',
      },
      {
        kind: 'FelixConfiguration',
        plural: 'felixconfigurations',
        version: 'v3',
        sha256: 'a2f9c31c20cb64429ef523238938910399fa28f62660960c8a0cc510d7023692',
      },
      {
        kind: 'IPReservation',
        plural: 'ipreservations',
        version: 'v3',
        sha256: 'df2fb98864e85da68a19aac8db3ec1c2bfe47e40c70678329bb7f3edb6744417',
      },
      {
        kind: 'KubeControllersConfiguration',
        plural: 'kubecontrollersconfigurations',
        version: 'v3',
        sha256: '47873e4c282534b99710a70f471b4001549a0d31555112850ed8127a1c124c04',
      },
    ],
  },
  {
    // The operator that Calico's chart of the version above installs.
    name: "Calico's operator",
    version: 'v1.42.3',
    repository: 'tigera/operator',
    path: 'pkg/imports/crds/operator',
    folder: 'tigera-operator-v1.42.3',
    group: 'operator.tigera.io',
    files: [
      {
        kind: 'Installation',
        plural: 'installations',
        version: 'v1',
        sha256: '3633c9740039aa8d64f54298606d08faf15f7407c61ae26dcad5820cf6b3431b',
        // Kubernetes' pod affinity, spelled out in each of six workloads: 465 of 672 kB, and nothing here sets it.
        opaque: ['affinity'],
      },
    ],
  },
  {
    name: 'MetalLB',
    version: 'v0.16.1',
    repository: 'metallb/metallb',
    path: 'config/crd/bases',
    folder: 'metallb-v0.16.1',
    group: 'metallb.io',
    files: [
      {
        kind: 'IPAddressPool',
        plural: 'ipaddresspools',
        version: 'v1beta1',
        sha256: '585d55016cb9cf1aac3ed4a63b1075051bf8c20aab28dfcd3cfbe58a632ed230',
      },
    ],
  },
  {
    name: "Flux's helm-controller",
    version: 'v1.6.3',
    repository: 'fluxcd/helm-controller',
    path: 'config/crd/bases',
    folder: 'flux-helm-controller-v1.6.3',
    group: 'helm.toolkit.fluxcd.io',
    files: [
      {
        kind: 'HelmRelease',
        plural: 'helmreleases',
        version: 'v2',
        sha256: 'aa8638ac68465ceac1f93a617baf5be833c589c51fd78a7384a4a274c252becc',
      },
    ],
  },
  {
    name: "Flux's kustomize-controller",
    version: 'v1.9.4',
    repository: 'fluxcd/kustomize-controller',
    path: 'config/crd/bases',
    folder: 'flux-kustomize-controller-v1.9.4',
    group: 'kustomize.toolkit.fluxcd.io',
    files: [
      {
        kind: 'Kustomization',
        plural: 'kustomizations',
        version: 'v1',
        sha256: 'da23ca0e6b4c80d3d26a91583137491e147ef4ef1e2208aece0d0af4ef851974',
      },
    ],
  },
  {
    name: "Flux's source-controller",
    version: 'v1.9.1',
    repository: 'fluxcd/source-controller',
    path: 'config/crd/bases',
    folder: 'flux-source-controller-v1.9.1',
    group: 'source.toolkit.fluxcd.io',
    files: [
      {
        kind: 'HelmRepository',
        plural: 'helmrepositories',
        version: 'v1',
        sha256: '97c7759df00946cbb9a75a56457cff9964b2543d2248df859cef21e26b8e2ae6',
      },
    ],
  },
];
