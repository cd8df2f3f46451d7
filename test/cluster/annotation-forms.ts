/**
 * The annotation by which a pod asks for `default/layer2-bridge`, in the forms that multus-cni v4.3.0 reads
 * (pkg/k8sclient/k8sclient.go). Tests ask them of the policy at the API server and of the real Multus on a node.
 */

export const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
/** The network in the place of the cluster's. */
export const INSTEAD = 'v1.multus-cni.io/default-network';

export const json = (...elements: object[]): string => JSON.stringify(elements);

export interface AnnotationForm {
  readonly title: string;
  readonly annotation: string;
  /** The pod's interfaces at `default/layer2-bridge`; none where Multus refuses the pod. */
  readonly interfaces: readonly string[];
  /** What Multus says when it refuses. */
  readonly refusal?: string;
}

function form(title: string, annotation: string, ...interfaces: string[]): AnnotationForm {
  return { title, annotation, interfaces };
}

/** Definitions beside the attachment that the forms name: in the pod's namespace, and in another. */
export const besides = { own: ['one', 'two'], other: { namespace: 'two', name: 'three' } } as const;

/** What Multus takes for `default/layer2-bridge`, from a pod of any namespace. */
export const annotationForms: readonly AnnotationForm[] = [
  form('short', 'default/layer2-bridge', 'net1'),
  form('short, with an interface', 'default/layer2-bridge@lan0', 'lan0'),
  form('short, among others', 'one,default/layer2-bridge@net7,two/three', 'net7'),
  form('short, the last', 'one, two ,default/layer2-bridge', 'net3'),
  form('short, twice', 'default/layer2-bridge,default/layer2-bridge', 'net1', 'net2'),
  form('short, with spaces wherever Multus trims them', ' default / layer2-bridge @ net1 ', 'net1'),
  form('short, with tabs and line ends', '\tone,\n default\t/\r\nlayer2-bridge\n', 'net2'),
  form('short, with spaces of other scripts', '\u00a0default\u2003/\u3000layer2-bridge\u0085', 'net1'),
  {
    // It asks the API server for the definition of that name, and its client asks for none without one.
    ...form('short, after empty items', ',,default/layer2-bridge,'),
    refusal: 'resource name may not be empty',
  },
  form('JSON', json({ name: 'layer2-bridge', namespace: 'default' }), 'net1'),
  form('JSON, with an interface', json({ namespace: 'default', interface: 'lan0', name: 'layer2-bridge' }), 'lan0'),
  form('JSON, with no MAC address', json({ namespace: 'default', mac: '', name: 'layer2-bridge' }), 'net1'),
  form('JSON, the second', json({ name: 'one' }, { name: 'layer2-bridge', namespace: 'default' }), 'net2'),
  form('JSON, keys in capitals, which Go takes', '[{"NAME":"layer2-bridge","Namespace":"default"}]', 'net1'),
  form(
    'JSON, a key twice, of which Go takes the last',
    '[{"name":"one","name":"layer2-bridge","namespace":"default"}]',
    'net1',
  ),
  form('JSON, with spaces', ' [ { "name" : "layer2-bridge" , "namespace" : "default" } ] ', 'net1'),
  form('JSON, on several lines', '[\n{"name":\t"layer2-bridge",\r\n"namespace":"default"}\n]', 'net1'),
];
