// Finds a kubectl whose kustomize reads our overlays. Debian's stable release has one that is too old, so a newer one is unpacked
// beside the tests, from the next release of the same archive.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const unpacked = join(root, 'out', 'kubectl');
const SUITE = 'trixie';
const OLDEST_MINOR = 27;

/** @returns {string | null} a program of version 1.27 or later, or null. */
export function findKubectl() {
  return ['kubectl', join(unpacked, 'usr/bin/kubectl')].find(isNewEnough) ?? null;
}

function isNewEnough(program) {
  const { status, stdout } = spawnSync(program, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) return false;
  const { major, minor } = JSON.parse(stdout).clientVersion;
  return Number(major) > 1 || Number.parseInt(minor, 10) >= OLDEST_MINOR;
}

/** Unpacks one where none is found, as root on Debian. @returns {boolean} whether there is one now. */
export function provideKubectl() {
  if (findKubectl() !== null) return true;
  const archive = existsSync('/etc/debian_version') && process.getuid?.() === 0 ? debianArchive() : null;
  if (archive === null) return false;
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-kubectl-'));
  try {
    const sources = join(folder, 'sources.list');
    writeFileSync(sources, `deb ${archive} ${SUITE} main\n`);
    for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
    const options = [
      ['Dir::Etc::sourcelist', sources],
      ['Dir::Etc::sourceparts', '/dev/null'],
      ['Dir::State::lists', join(folder, 'lists')],
      ['Dir::Cache', join(folder, 'cache')],
      ['APT::Sandbox::User', 'root'],
    ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const run = (program, args) => spawnSync(program, args, { cwd: folder, stdio: 'ignore' }).status === 0;
    if (!run('apt-get', [...options, 'update'])) return false;
    if (!run('apt-get', [...options, 'download', `kubectl/${SUITE}`])) return false;
    const deb = readdirSync(folder).find((name) => name.endsWith('.deb'));
    if (deb === undefined || !run('dpkg', ['-x', deb, unpacked])) return false;
    return findKubectl() !== null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where this machine gets Debian's packages, from its own settings. */
function debianArchive() {
  const parts = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ];
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [, uri] = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+\/debian\/?)(?:\s|$)/.exec(line) ?? [];
      if (uri !== undefined) return uri;
    }
  }
  return null;
}
