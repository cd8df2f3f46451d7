/** Debian packages: finds what is missing and, as root on a Debian-like system, installs it. */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, runChild } from './child.mjs';
import { systemPackages } from './manifest.mjs';

/** @import { SystemPackage } from './manifest.d.mts' */

/** Debian asks this program before it starts a daemon; 101 means no. */
const policyFile = '/usr/sbin/policy-rc.d';
const policyText = `#!/bin/sh
# Written by flatlan's tools/setup.mjs while it installs packages, removed afterwards: no daemon may start by itself.
exit 101
`;

/** Users' PATHs often lack these, the programs are there all the same. */
const moreFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** @param {SystemPackage} wanted */
export function isInstalled(wanted) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...moreFolders].filter((folder) => folder !== '');
  const onPath = (/** @type {string} */ command) => folders.some((folder) => existsSync(join(folder, command)));
  return (wanted.commands ?? []).every(onPath) && (!wanted.files || wanted.files.some((file) => existsSync(file)));
}

/**
 * @param {AbortSignal} signal
 * @param {readonly SystemPackage[]} [wanted]
 */
export async function installPackages(signal, wanted = systemPackages) {
  const missing = wanted.filter((candidate) => !isInstalled(candidate));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const reasons = missing.map(({ name, why }) => `  ${name}: ${why}`).join('\n');
  if (!existsSync('/usr/bin/apt-get')) {
    const remedy = 'install these (names are as in Debian) with the package manager of this system, then try again';
    throw new SetupError(`programs are missing; ${remedy}\n${reasons}`, 3);
  }
  const install = ['install', '-y', '--no-install-recommends', ...names];
  if (process.getuid?.() !== 0) {
    const command = `sudo apt-get update && sudo apt-get ${install.join(' ')}`;
    throw new SetupError(
      `Debian packages are missing and only root can install them; run\n  ${command}\n${reasons}`,
      3,
    );
  }
  console.log(`installing Debian packages: ${names.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { label: 'apt-get', env, signal };
  await withoutDaemons(async () => {
    await runChild('apt-get', ['update'], options);
    await runChild('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...install], options);
  });
}

/**
 * Runs `work` under a policy that no daemon starts. A policy that the user has is put aside and put back, also one
 * that an earlier run had put aside when it was killed.
 *
 * @param {() => Promise<void>} work
 * @param {string} [policy]
 */
export async function withoutDaemons(work, policy = policyFile) {
  const kept = `${policy}.flatlan-kept`;
  restorePolicy(policy, kept);
  if (existsSync(policy)) renameSync(policy, kept);
  try {
    writeFileSync(policy, policyText);
    chmodSync(policy, 0o755);
    await work();
  } finally {
    restorePolicy(policy, kept);
  }
}

/**
 * @param {string} policy
 * @param {string} kept
 */
function restorePolicy(policy, kept) {
  const ours = existsSync(policy) && readFileSync(policy, 'utf8') === policyText;
  if (ours) rmSync(policy);
  if (existsSync(kept)) renameSync(kept, policy);
}
