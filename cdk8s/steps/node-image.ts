/**
 * The image of the node plane, which is in no registry: onto every node by hand, or into a registry. Where a plan has
 * attachments or bridged pods. What is written here of archives holds for containerd; `npm run image` writes one (cni/image/build.go).
 */
import { ownValues } from '../paths.ts';
import type { Network } from '../plan/network/index.ts';
import { distributions, type ImageImport } from '../platforms/distributions/index.ts';
import { NODE_IMAGE } from '../version.ts';
import { block, code } from './markdown.ts';
import type { Step } from './step.ts';

const FOLDER = 'build/image';
const [repository = '', version = ''] = NODE_IMAGE.split(':');
const name = repository.split('/').at(-1);
/** As archiveName of cni/image writes it. */
const ARCHIVE = `${name}-${version}.oci.tar`;

export function nodeImageSteps(network: Network): Step[] {
  return network.attachments.length > 0 || network.pods.mode === 'bridged' ? [nodeImageStep(network)] : [];
}

function nodeImageStep(network: Network): Step {
  const { title, imageImport: found } = distributions[network.kubernetes.distribution];
  return {
    title: `The node image ${code(NODE_IMAGE)}`,
    todo: [
      `The programs that give pods ${network.pods.mode === 'bridged' ? 'their network' : 'an interface on the LAN'}. The image is in no registry: build it, with Go, in the folder of flatlan.`,
      block('sh', ['npm run image']),
      `${code(`${FOLDER}/${ARCHIVE}`)} is an OCI archive for amd64 and arm64, ${code(`${FOLDER}/oci`)} the same as a folder (OCI layout).`,
      ...(found ? importing(found) : [`${title} imports no archive: the image goes into a registry that nodes reach.`]),
      ...pushing(network, found !== undefined),
      `Kubernetes asks no registry for an image that a node has, unless its tag is ${code('latest')} or the API server runs the admission plugin ${code('AlwaysPullImages')}: keep the version as its tag.`,
    ],
    see: found
      ? [`On every node ${code(`${found.ctr} images list --quiet name==${NODE_IMAGE}`)} prints ${code(NODE_IMAGE)}.`]
      : ['The last command prints `<registry>/flatlan-node@sha256:...`. Nodes fetch the image with the network.'],
    back: [
      found
        ? `${code(`${found.ctr} images rm ${NODE_IMAGE}`)} on every node${found.folder === undefined ? '' : ', after the archive is out of its folder'}.`
        : 'None needed: an image that nobody runs does nothing.',
    ],
  };
}

function importing({ commands, note }: ImageImport): string[] {
  return [
    `Copy the archive to every node and there, as root:`,
    block('sh', commands(ARCHIVE)),
    `${note} An imported image has its tag and no digest: do not append one in ${code('global.nodeImage')}.`,
  ];
}

function pushing({ cluster }: Network, instead: boolean): string[] {
  return [
    instead ? 'Or, instead of all that, push it to a registry that nodes reach:' : 'Push it:',
    block('sh', [`(cd cni/image && go run . push --from ../../${FOLDER} --to <registry>/flatlan-node)`]),
    `It uses the credentials of ${code('docker login')}. Then name it in ${code(ownValues(cluster))}:`,
    block('yaml', ['global:', `  nodeImage: <registry>/flatlan-node:${version}`]),
  ];
}
