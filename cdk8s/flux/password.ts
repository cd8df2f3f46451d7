/** The folder for the BGP password, the one thing that a plan can't hold. */
import { DO_NOT_EDIT } from '../banner.ts';
import { fluxSecrets } from '../paths.ts';
import type { SecretKey } from '../plan/network/index.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { CALICO_NAMESPACE } from '../platforms/calico.ts';

/** Its Kustomization, which is ready once the Secret exists. */
export const PASSWORD = 'flatlan-bgp-password';

/**
 * Git does not track empty folders, and Flux needs the folder to exist. It is not one of the folders that flatlan owns:
 * files that users add stay, and synth does not report them.
 */
export function passwordReadme(cluster: string, { name, key }: SecretKey): GeneratedFile {
  const secret = `kubectl create secret generic ${name} --namespace ${CALICO_NAMESPACE} --from-literal=${key}="$PASSWORD"`;
  const file = `${fluxSecrets(cluster)}/bgp-password.yaml`;
  const content = `<!-- ${DO_NOT_EDIT} -->
# The BGP password of ${cluster}

Calico reads it from the Secret \`${CALICO_NAMESPACE}/${name}\`, key \`${key}\`: the same password as on the router, letters and
digits (a line break or a double quote in it stops BGP on every node). Until the Secret is there \`${PASSWORD}\` is
not ready, and neither is the network if the router asks for a password. One of:

- Create it once, by hand, when the namespace is there:

      read -rs PASSWORD && ${secret}

- Keep it in this folder, encrypted by SOPS; kustomize-controller is given the key by its flag \`--sops-age-secret\`
  (fluxcd.io, "Manage Kubernetes secrets with SOPS"). Commit it only after the second line:

      read -rs PASSWORD && ${secret} \\
        --dry-run=client --output=yaml > ${file}
      sops --encrypt --age=<recipient> --encrypted-regex '^(data|stringData)$' --in-place ${file}
`;
  return { path: `${fluxSecrets(cluster)}/README.md`, content };
}
