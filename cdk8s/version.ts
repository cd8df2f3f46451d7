/** The version of flatlan, of its charts and of the node plane's image. */
export const FLATLAN_VERSION = '0.1.0';
export const NODE_IMAGE = `ghcr.io/flatlan/node:${FLATLAN_VERSION}`;
