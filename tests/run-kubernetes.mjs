// npm run test:kubernetes: the driver and the conference on the cluster that KUBECONFIG names, in namespaces of their own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kubeconfig = process.env.KUBECONFIG;
if (kubeconfig === undefined || !existsSync(kubeconfig)) {
  console.error(
    'test:kubernetes: KUBECONFIG names no file. Name a cluster that may be tried out, with two nodes or more.',
  );
  process.exit(2);
}
const run = (program, args) =>
  spawnSync(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, RTCSCOPE_TEST_KUBERNETES: '1' } });
if (run(process.execPath, ['build.mjs']).status !== 0) process.exit(1);
const { status } = run(process.execPath, [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--no-file-parallelism',
  'tests/kubernetes',
  ...process.argv.slice(2),
]);
process.exit(status ?? 1);
