/**
 * The image of the node plane, which is in no registry: onto every node by hand, or into a registry. Where a plan has
 * attachments. What is written here of archives holds for containerd; `npm run image` writes one (cni/image/build.go).
 */
import type { Distribution, Network } from '../plan/network/index.ts';
import { ownValues } from '../paths.ts';
import { NODE_IMAGE } from '../version.ts';
import { block, code } from './markdown.ts';
import type { Step } from './step.ts';

const FOLDER = 'build/image';
const [repository = '', version = ''] = NODE_IMAGE.split(':');
const name = repository.split('/').at(-1);
/** As archiveName of cni/image writes it. */
const ARCHIVE = `${name}-${version}.oci.tar`;

export function nodeImageSteps(network: Network): Step[] {
  return network.attachments.length > 0 ? [nodeImageStep(network)] : [];
}

interface Import {
  /** On each node, with the archive in its working folder. */
  readonly todo: readonly string[];
  readonly sentence: string;
  /** containerd's client there. */
  readonly ctr: string;
}

/** Of a folder whose archives are imported at each start and, since January 2025, as soon as they lie there (docs.k3s.io and docs.rke2.io, "Import images"). */
function folder(path: string, ctr: string): Import {
  return {
    todo: [`mkdir -p ${path}`, `cp ${ARCHIVE} ${path}/`],
    sentence: 'What lies in that folder is imported at once, and again at each start.',
    ctr,
  };
}

/** Undefined: nothing can be imported. */
const imports: Readonly<Record<Distribution, Import | undefined>> = {
  k3s: folder('/var/lib/rancher/k3s/agent/images', 'k3s ctr'),
  rke2: folder(
    '/var/lib/rancher/rke2/agent/images',
    '/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io',
  ),
  kubeadm: {
    todo: [`ctr --namespace k8s.io images import ${ARCHIVE}`],
    sentence:
      "For containerd; without `--namespace k8s.io` the image is there and Kubernetes doesn't see it. Nodes with CRI-O take it from a registry.",
    ctr: 'ctr --namespace k8s.io',
  },
  // talosctl has image list, pull and remove (siderolabs/talos v1.14.0-rc.1, cmd/talosctl/cmd/talos/image.go).
  talos: undefined,
};

function nodeImageStep(network: Network): Step {
  const found = imports[network.kubernetes.distribution];
  return {
    title: `The node image ${code(NODE_IMAGE)}`,
    todo: [
      'The programs that give pods an interface on the LAN. The image is in no registry: build it, with Go, in the folder of flatlan.',
      block('sh', ['npm run image']),
      `${code(`${FOLDER}/${ARCHIVE}`)} is an OCI archive for amd64 and arm64, ${code(`${FOLDER}/oci`)} the same as a folder (OCI layout).`,
      ...(found ? importing(found) : ['Talos imports no archive: the image goes into a registry that nodes reach.']),
      ...pushing(network, found !== undefined),
      `Kubernetes asks no registry for an image that a node has, unless its tag is ${code('latest')} or the API server runs the admission plugin ${code('AlwaysPullImages')}: keep the version as its tag.`,
    ],
    see: found
      ? [`On every node ${code(`${found.ctr} images list --quiet name==${NODE_IMAGE}`)} prints ${code(NODE_IMAGE)}.`]
      : ['The last command prints `<registry>/flatlan-node@sha256:...`. Nodes fetch the image with the network.'],
    back: [
      found
        ? `${code(`${found.ctr} images rm ${NODE_IMAGE}`)} on every node${found.todo.length > 1 ? ', after the archive is out of its folder' : ''}.`
        : 'None needed: an image that nobody runs does nothing.',
    ],
  };
}

function importing({ todo, sentence }: Import): string[] {
  return [
    `Copy the archive to every node and there, as root:`,
    block('sh', todo),
    `${sentence} An imported image has its tag and no digest: put none behind it in ${code('global.nodeImage')}.`,
  ];
}

function pushing({ cluster }: Network, instead: boolean): string[] {
  return [
    instead ? 'Or, instead of all that, push it to a registry that nodes reach:' : 'Push it:',
    block('sh', [`(cd cni/image && go run . push --from ../../${FOLDER} --to <registry>/flatlan-node)`]),
    `Who may is read from what ${code('docker login')} has written. Then name it in ${code(ownValues(cluster))}:`,
    block('yaml', ['global:', `  nodeImage: <registry>/flatlan-node:${version}`]),
  ];
}
