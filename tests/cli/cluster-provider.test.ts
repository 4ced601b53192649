import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DigitalOceanServer } from '../cluster/providers/digitalocean-server.ts';
import { LinodeServer } from '../cluster/providers/linode-server.ts';
import { PREPARED, type ProviderServer, TOKEN } from '../cluster/providers/provider-server.ts';
import { builtProgram } from './program.ts';

const program = builtProgram();

const PROVIDERS = [
  ['linode', () => new LinodeServer(), 'LINODE_TOKEN', 'LINODE_URL'],
  ['digitalocean', () => new DigitalOceanServer(), 'DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_API_URL'],
] as const;

interface Running {
  readonly child: ChildProcess;
  readonly out: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
  /** Resolves once standard error holds the words. */
  said(words: RegExp): Promise<void>;
}

describe.each(PROVIDERS)(
  'rtcscope cluster at %s',
  { timeout: 120_000 },
  (name, newServer, tokenVariable, rootVariable) => {
    let server: ProviderServer;
    let folder: string;
    let environment: NodeJS.ProcessEnv;
    const everything: string[] = [];

    beforeEach(async () => {
      server = newServer();
      server.looksUntilReady = 0;
      server.looksUntilGone = 0;
      folder = mkdtempSync(join(tmpdir(), 'rtcscope-cluster-'));
      const { PATH, HOME } = process.env;
      environment = { PATH, HOME, [tokenVariable]: TOKEN, [rootVariable]: await server.listen() };
    });
    afterEach(async () => {
      await server.close();
      for (const file of readdirSync(folder)) everything.push(readFileSync(join(folder, file), 'utf8'));
      // Not in any output, nor in any file, of no command here.
      expect(everything.join('\n')).not.toContain(TOKEN);
      rmSync(folder, { recursive: true });
      expect(server.violations).toEqual([]);
    });

    function start(args: readonly string[]): Running {
      const child = spawn(process.execPath, [program.path, 'cluster', ...args, '--state', folder], {
        env: environment,
        stdio: 'pipe',
      });
      child.stdin?.end();
      const out = { stdout: '', stderr: '' };
      const watchers = new Set<() => void>();
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream]?.on('data', (chunk) => {
          out[stream] += chunk;
          everything.push(String(chunk));
          for (const watch of watchers) watch();
        });
      }
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const said = (words: RegExp) =>
        new Promise<void>((resolve, reject) => {
          const watch = () => {
            if (words.test(out.stderr)) resolve();
          };
          watchers.add(watch);
          watch();
          void ended.then(() => reject(new Error(`ended before it said ${words}: ${out.stderr}`)));
        });
      return { child, out, ended, said };
    }
    const run = async (...args: string[]) => {
      const { out, ended } = start(args);
      return { status: await ended, ...out };
    };
    const create = ['create', '--provider', name, '--region', 'here-1', '--size', PREPARED.size];

    it('makes a cluster, lists it, and deletes it', async () => {
      const made = await run(...create, '--yes');
      expect(made).toMatchObject({ status: 0, stdout: `${join(folder, 'rtcscope.kubeconfig')}\n` });
      expect(made.stderr).toMatch(/2 nodes of medium .*\n.*\$0\.072 an hour, at most \$48\.00 a month/);
      expect(made.stderr).toMatch(/export KUBECONFIG=/);
      expect((await run('list')).stdout).toMatch(new RegExp(`^rtcscope\t${name}\t.*2 x medium in here-1`));
      const deleted = await run('delete', '--yes');
      expect(deleted.stderr).toMatch(/is gone/);
      expect(deleted.status).toBe(0);
      expect(server.clusters).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    });

    it('makes nothing where nobody can be asked', async () => {
      const { status, stderr } = await run(...create);
      expect(stderr).toMatch(/an hour.*\n(.*\n)*.*nobody can be asked here\. Give --yes/);
      expect(status).toBe(2);
      expect(server.clusters).toEqual([]);
    });

    it('stops at Ctrl-C while it waits, and goes on with the same command', async () => {
      server.looksUntilReady = Number.POSITIVE_INFINITY;
      const waiting = start([...create, '--yes']);
      await waiting.said(/0 of 2 nodes ready/);
      waiting.child.kill('SIGINT');
      expect(await waiting.ended).toBe(2);
      expect(waiting.out.stderr).toMatch(
        /interrupted\. The same command goes on from here; rtcscope cluster delete rtcscope takes away/,
      );
      server.looksUntilReady = 0;
      expect((await run(...create, '--yes')).status).toBe(0);
      expect(server.clusters).toHaveLength(1);
    });

    it('remembers the cluster whose making was under way at Ctrl-C', async () => {
      const making = { current: null as Running | null };
      server.onAsked = async ({ method }) => {
        if (method !== 'POST' || making.current === null) return;
        making.current.child.kill('SIGINT');
        await making.current.said(/Stopping after this request/);
      };
      making.current = start([...create, '--yes']);
      expect(await making.current.ended).toBe(2);
      server.onAsked = null;
      expect(server.clusters).toHaveLength(1);
      expect((await run('list')).stdout).toContain(String(server.clusters[0].id));
      expect((await run('delete', '--yes')).status).toBe(0);
      expect(server.clusters).toEqual([]);
    });

    it.each([401, 403, 409, 422])('tells on one line that the provider answered %i', async (status) => {
      server.disturb('POST', /clusters$/, server.refusal(status, `Because of ${TOKEN}`));
      const { status: exit, stderr } = await run(...create, '--yes');
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^rtcscope: (Linode|DigitalOcean) .*Because of \[token\]/);
      expect(exit).toBe(2);
    });

    // Each line is a start of the program; the same code reads them for every provider.
    it.runIf(name === 'linode')('says what is missing or wrong before it asks anyone', async () => {
      environment = { ...environment, [tokenVariable]: '' };
      expect((await run(...create)).stderr).toContain(`Put one into the environment as ${tokenVariable}.`);
      environment = { ...environment, [tokenVariable]: `${TOKEN}\nand more` };
      expect((await run(...create)).stderr).toContain(`${tokenVariable} does not look like a token`);
      environment = { ...environment, [tokenVariable]: TOKEN, [rootVariable]: 'http://example.com' };
      expect((await run(...create)).stderr).toContain(`${rootVariable}: not an https address`);
      expect((await run(...create, '--name', '../x')).stderr).toContain('the name of a cluster is');
      expect((await run(...create, '--nodes', '0')).stderr).toContain('--nodes: not a number of nodes');
      expect((await run('delete', 'other')).stderr).toContain('no cluster other was made from here');
      expect(server.asked).toEqual([]);
    });
  },
);
