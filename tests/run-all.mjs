// Runs everything that says whether the project is in order: types, style, doors between folders, build, all tests.
// The last line tells the outcome: `N passed, N failed`, with `, N skipped` where tests could not run on this machine.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideKubectl } from './kubectl.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Debian packages that tests use, by what tells that they are there: a program, or a file. */
const DEBIAN_PACKAGES = {
  tshark: 'tshark',
  tcpdump: 'tcpdump',
  'wireshark-common': 'dumpcap',
  chromium: 'chromium',
  lz4: 'lz4',
  zstd: 'zstd',
  tmux: 'tmux',
  iproute2: 'ip',
  jmeter: 'jmeter',
  'jmeter-http': '/usr/share/jmeter/lib/ext/ApacheJMeter_http.jar',
  'default-jdk-headless': 'javac',
  'python3-aiortc': '/usr/lib/python3/dist-packages/aiortc/__init__.py',
  prometheus: 'prometheus',
  gcc: 'cc',
  'libc6-dev': '/usr/include/stdio.h',
  'libpcap-dev': '/usr/include/pcap.h',
  'libsrtp2-dev': '/usr/include/srtp2/srtp.h',
};

function isThere(what) {
  if (what.startsWith('/')) return existsSync(what);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, what), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missing = () =>
  Object.entries(DEBIAN_PACKAGES)
    .filter(([, what]) => !isThere(what))
    .map(([name]) => name);

function run(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  if (error) console.log(`${program}: ${error.message}`);
  return status === 0;
}

/** Installs what is missing where that is possible; otherwise says what will be skipped, and the way out. */
function installDebianPackages() {
  const wanted = missing();
  if (wanted.length === 0) return;
  const canInstall = existsSync('/etc/debian_version') && isThere('apt-get') && process.getuid?.() === 0;
  if (canInstall) {
    console.log(`Installing Debian packages: ${wanted.join(' ')}`);
    const environment = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = (...names) =>
      run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...names], environment);
    run('apt-get', ['update', '--quiet'], environment);
    // One package that this release does not have must not keep the others away.
    if (!install(...wanted)) for (const name of wanted) install(name);
  }
  const still = missing();
  if (still.length === 0) return;
  console.log(`\nTests that need ${still.join(', ')} are skipped. To run them too, on Debian or Ubuntu:`);
  console.log(`  sudo apt-get install ${still.join(' ')}\n`);
}

function runChecks() {
  const outcome = { passed: 0, failed: 0 };
  for (const check of ['typecheck', 'lint', 'doors', 'build']) {
    const passed = run('npm', ['run', '--silent', check]);
    console.log(`${passed ? 'passed' : 'FAILED'}: ${check}`);
    outcome[passed ? 'passed' : 'failed']++;
  }
  return outcome;
}

/** Names the groups of skipped tests: their names say why. */
function tellSkipped(testResults) {
  const groups = new Map();
  for (const { name, assertionResults } of testResults) {
    for (const { status, ancestorTitles, title } of assertionResults) {
      if (status !== 'skipped' && status !== 'pending') continue;
      const group = `${relative(root, name)}: ${ancestorTitles.join(' > ') || title}`;
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
  }
  for (const [group, tests] of groups) console.log(`skipped ${tests}: ${group}`);
}

const VITEST = join(root, 'node_modules', 'vitest', 'vitest.mjs');

/** Runs tests, all of them or those of some files. Null where vitest came to no result. */
function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-tests-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const environment = { FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
    const succeeded = run(process.execPath, [VITEST, 'run', ...reporters, ...args], environment);
    if (!existsSync(report)) return null;
    return { succeeded, files: JSON.parse(readFileSync(report, 'utf8')).testResults };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isBroken = ({ status }) => status === 'failed';

/**
 * Tests of live calls share the machine with the other files' tests, and some run out of time where it is busy with
 * something else. A few files that failed get a second chance alone, and what only then passes is told.
 */
const MOST_AGAIN = 4;

function runAgain(files) {
  const broken = files.filter(isBroken);
  if (broken.length === 0 || broken.length > MOST_AGAIN) return files;
  const names = broken.map(({ name }) => relative(root, name));
  console.log(`\nFailed, and run again alone: ${names.join(' ')}\n`);
  const again = runVitest(['--no-file-parallelism', ...names]);
  if (again === null) return files;
  const second = new Map(again.files.map((file) => [file.name, file]));
  for (const { name } of broken) {
    const passed = second.has(name) && !isBroken(second.get(name));
    console.log(`${passed ? 'passed only alone' : 'failed twice'}: ${relative(root, name)}`);
  }
  return files.map((file) => (isBroken(file) ? (second.get(file.name) ?? file) : file));
}

function runTests() {
  const first = runVitest([]);
  if (first === null) return { passed: 0, failed: 1, skipped: 0 };
  const files = runAgain(first.files);
  const count = (...states) =>
    files.flatMap((file) => file.assertionResults).filter(({ status }) => states.includes(status)).length;
  // A file that fails as a whole has no failed test in it, and an error outside all tests has not even a file.
  const brokenFiles = files.filter(
    (file) => isBroken(file) && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const failed = count('failed') + brokenFiles;
  const isUnexplained = !first.succeeded && !first.files.some(isBroken);
  tellSkipped(files);
  return {
    passed: count('passed'),
    failed: isUnexplained ? failed + 1 : failed,
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
  };
}

installDebianPackages();
if (!provideKubectl()) console.log('Tests of the Kubernetes overlays are skipped: no kubectl 1.27 or later is found.');
const checks = runChecks();
const tests = runTests();
const failed = checks.failed + tests.failed;
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
console.log(`${checks.passed + tests.passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed === 0 ? 0 : 1;
