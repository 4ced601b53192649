import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

const HTTP_SAMPLERS = '/usr/share/jmeter/lib/ext/ApacheJMeter_http.jar';
const sources = fileURLToPath(new URL('./jmeter-patch/com/thoughtworks/xstream/security/', import.meta.url));

const lacking = (): string | null => {
  if (!existsSync('/usr/bin/jmeter')) return 'jmeter is not installed';
  if (!existsSync(HTTP_SAMPLERS)) return 'jmeter-http is not installed';
  if (spawnSync('javac', ['-version']).status !== 0) return 'javac (default-jdk-headless) is not installed';
  return null;
};

export interface DebianJmeter {
  readonly path: string;
  /** Why it cannot run here; null where it can. */
  readonly lacking: string | null;
  /** Without these variables it loads no plan. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Debian's JMeter with its XStream made to load plans, for the tests of a file. */
export function debianJmeter(): DebianJmeter {
  const reason = lacking();
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-jmeter-'));
  const environment = { JAVA_ARGS: `-Xbootclasspath/a:${folder}` };
  beforeAll(() => {
    if (reason !== null) return;
    const files = ['NoTypePermission', 'TypePermission'].map((name) => join(sources, `${name}.java`));
    const { status, stderr } = spawnSync('javac', ['-nowarn', '-d', folder, ...files], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`javac: ${stderr}`);
    Object.assign(process.env, environment);
  }, 120_000);
  afterAll(() => {
    delete process.env['JAVA_ARGS'];
    rmSync(folder, { recursive: true, force: true });
  });
  return { path: '/usr/bin/jmeter', lacking: reason, environment };
}
