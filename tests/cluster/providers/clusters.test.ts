import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClusterRecords } from '../../../cluster/providers/cluster-record.ts';
import { type CreateSteps, createCluster } from '../../../cluster/providers/create-cluster.ts';
import { type DeleteSteps, deleteCluster } from '../../../cluster/providers/delete-cluster.ts';
import { openDigitalOcean } from '../../../cluster/providers/digitalocean.ts';
import { openLinode } from '../../../cluster/providers/linode.ts';
import { Interrupted } from '../../../cluster/providers/patient-provider.ts';
import type { ClusterPlan, ClusterProvider, ClusterRequest } from '../../../cluster/providers/provider.ts';
import { DigitalOceanServer, missingSpecification } from './digitalocean-server.ts';
import { LinodeServer } from './linode-server.ts';
import { KUBECONFIG, PREPARED, type ProviderServer, TOKEN } from './provider-server.ts';

// A machine may have much else to do.
vi.setConfig({ testTimeout: 120_000 });

const REQUEST: ClusterRequest = { name: 'lab', region: 'here-1', size: PREPARED.size, nodes: 2, version: null };
const TIMEOUT_MS = 30_000;
const SHORT_TIMEOUT_MS = 6000;

const PROVIDERS = [
  ['Linode', () => new LinodeServer(), openLinode, /\/lke\/clusters$/],
  [`DigitalOcean${missingSpecification}`, () => new DigitalOceanServer(), openDigitalOcean, /\/kubernetes\/clusters$/],
] as const;

describe.each(PROVIDERS)('clusters at %s', (title, newServer, open, clustersPath) => {
  let server: ProviderServer;
  let root: string;
  let provider: ClusterProvider;
  let folder: string;
  let records: ClusterRecords;
  let abort: AbortController;
  let waits: number[];
  let told: string[];
  let plans: ClusterPlan[];

  beforeEach(async () => {
    server = newServer();
    root = await server.listen();
    provider = await open(TOKEN, root, TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), 'rtcscope-clusters-'));
    records = new ClusterRecords(folder);
    abort = new AbortController();
    [waits, told, plans] = [[], [], []];
  });
  afterEach(async () => {
    await server.close();
    // Nothing that was written or said holds the token.
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect([...files, ...told].join('\n')).not.toContain(TOKEN);
    rmSync(folder, { recursive: true });
    expect(server.violations).toEqual([]);
  });

  const steps = () => ({
    ...{ provider, records, now: Date.now, kubeconfig: join(folder, 'kubeconfig') },
    patience: {
      ...{ title: provider.title, tokenVariable: 'TOKEN_VARIABLE', signal: abort.signal },
      wait: async (ms: number) => void waits.push(ms),
      onWait: (text: string) => void told.push(text),
    },
    onProgress: (text: string) => void told.push(text),
  });
  const create = (change: Partial<CreateSteps> = {}, request = REQUEST) =>
    createCluster(request, {
      ...steps(),
      confirm: async (plan: ClusterPlan) => {
        plans.push(plan);
        return true;
      },
      ...change,
    });
  const remove = (change: Partial<DeleteSteps> = {}) =>
    deleteCluster(records.read('lab')!, { ...steps(), confirm: async () => true, ...change });
  const made = () => server.count('POST', clustersPath);
  /** Linode's machines have none. */
  const firewalls = () => (server instanceof DigitalOceanServer ? server.firewalls : []);
  const opensMedia = title.startsWith('DigitalOcean');
  const refused = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => expect.fail('it was not refused'),
      (reason) => reason,
    );
    expect(JSON.stringify(error) + error.message + error.stack + error.hint).not.toContain(TOKEN);
    expect(error).toMatchObject({ code: 'provider', hint: expect.any(String) });
    return `${error.message} | ${error.hint}`;
  };

  it('tells the cost, makes a cluster, waits, and writes a kubeconfig for its owner alone', async () => {
    server.looksUntilReady = 3;
    const record = await create();
    expect(plans).toEqual([
      expect.objectContaining({
        ...REQUEST,
        version: expect.stringMatching(/^1\.34/),
        nodeHourlyUsd: 0.036,
        nodeMonthlyUsd: 24,
      }),
    ]);
    expect(readFileSync(record!.kubeconfig, 'utf8')).toBe(KUBECONFIG);
    expect(statSync(record!.kubeconfig).mode & 0o777).toBe(0o600);
    expect(statSync(records.pathOf('lab')).mode & 0o777).toBe(0o600);
    expect(told.at(-1)).toMatch(/2 of 2 nodes ready/);
    expect(told[0]).toMatch(/0 of 2 nodes ready/);
    expect(made()).toBe(1);
  });

  it('makes nothing, and remembers nothing, where the user says no', async () => {
    expect(await create({ confirm: async () => false })).toBeNull();
    expect(made()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets media in to its nodes, where the provider keeps it out, and says so before', async () => {
    if (server instanceof DigitalOceanServer) {
      // Left by a cluster of the same name.
      const id = 'bd5f5959-5e1e-4205-a714-000000000007';
      server.firewalls.push(
        { id, name: 'rtcscope-lab-media', tags: ['k8s:gone'] },
        { id: `${id}-other`, name: 'other', tags: [] },
      );
      server.disturb('POST', /firewalls$/, 'answer lost');
    }
    await create();
    await create();
    expect(plans[0].notes.some((note) => note.includes('rtcscope-lab-media'))).toBe(opensMedia);
    const [{ id }] = server.clusters;
    const own = firewalls().filter(({ name }) => name === 'rtcscope-lab-media');
    expect(own.map(({ tags }) => tags)).toEqual(opensMedia ? [[expect.stringMatching(`^k8s:.*${id}$`)]] : []);
    await remove();
    expect(firewalls().map(({ name }) => name)).toEqual(opensMedia ? ['other'] : []);
  });

  it('leaves a cluster that can be used where the token may not let media in', async () => {
    if (!opensMedia) return;
    server.disturb('POST', /firewalls$/, server.refusal(403, 'You are not authorized'));
    expect(await refused(create())).toMatch(/You are not authorized/);
    expect(readFileSync(join(folder, 'kubeconfig'), 'utf8')).toBe(KUBECONFIG);
    await create();
    expect(firewalls()).toHaveLength(1);
  });

  it('gives the same cluster when asked again', async () => {
    const first = await create();
    expect(await create()).toEqual(first);
    expect(made()).toBe(1);
    expect(plans).toHaveLength(1);
  });

  it('does not take over a cluster of the same name that was made elsewhere', async () => {
    await create();
    records.remove('lab');
    expect(await refused(create())).toMatch(/has a cluster lab already, which was not made from here/);
    expect(made()).toBe(1);
  });

  it('refuses to go on with another cluster than the one that was begun', async () => {
    await create();
    expect(await refused(create({}, { ...REQUEST, nodes: 5 }))).toMatch(/was begun as 2 nodes of medium in here-1/);
  });

  it.each([
    ['region', { region: 'nowhere' }, /--region nowhere.*There is here-1, there-2/],
    ['size', { size: 'huge' }, /--size huge.*There is medium/],
    ['version', { version: '1.12' }, /--version 1\.12.*There is 1\.34/],
  ])('names what there is where the %s is not', async (_name, change, words) => {
    expect(await refused(create({}, { ...REQUEST, ...change }))).toMatch(words);
    expect(made()).toBe(0);
  });

  it('makes one cluster though the answer to its making is lost', async () => {
    server.disturb('POST', clustersPath, 'answer lost');
    const record = await create();
    expect(made()).toBe(1);
    expect(server.clusters).toHaveLength(1);
    expect(record!.id).toContain(String(server.clusters[0].id));
  });

  it('makes one cluster though the provider never answers', async () => {
    provider = await open(TOKEN, root, SHORT_TIMEOUT_MS);
    server.disturb('POST', clustersPath, 'hang');
    await create();
    expect(server.clusters).toHaveLength(1);
    expect(told.join()).toMatch(/no answer in time/);
  });

  it('waits as long as Retry-After says, at every step', async () => {
    const tooMany = { ...server.refusal(429, 'Too many requests'), headers: { 'retry-after': '17' } };
    server.disturb('GET', /options$|regions$/, tooMany);
    server.disturb('POST', clustersPath, tooMany, 2);
    server.disturb('GET', /clusters\/[^/]+$/, tooMany);
    server.disturb('GET', /kubeconfig$/, tooMany);
    await create();
    expect(waits.filter((ms) => ms === 17_000)).toHaveLength(5);
    expect(server.clusters).toHaveLength(1);
  });

  it('tries again where the provider fails, and gives up in the end with what to do', async () => {
    server.disturb('GET', /clusters\/[^/]+$/, server.refusal(500, 'Oh'), 2);
    server.disturb('GET', /clusters\/[^/]+$/, 'closed', 2);
    await create();
    server.disturb('GET', /clusters\/[^/]+$/, server.refusal(503, 'Down for good'), 6);
    expect(await refused(create())).toMatch(/Down for good, 6 times in a row.*same command again later/);
    expect(records.read('lab')).not.toBeNull();
    await create();
    expect(made()).toBe(1);
  });

  it.each([
    [401, /does not accept the token in TOKEN_VARIABLE/],
    [403, /does not let this token do that.*read and write access/],
    [409, /is busy with this: Because/],
    [422, /refuses: Because/],
    [404, /refuses: Because/],
  ])('tells what to do when the making is answered by %i, and forgets it', async (status, words) => {
    server.disturb('POST', clustersPath, server.refusal(status, 'Because'));
    expect(await refused(create())).toMatch(words);
    expect(records.read('lab')).toBeNull();
  });

  it('never repeats the token that a provider shows', async () => {
    server.disturb('POST', clustersPath, server.refusal(403, `Token ${TOKEN} is\u001b[31m bad`));
    expect(await refused(create())).toMatch(/Token \[token\] is \[31m bad/);
  });

  it('goes on after an interruption at any request', async () => {
    // How many requests a whole making takes, then one interrupted at each of them.
    await create();
    const requests = server.asked.length;
    await remove();
    for (let at = 1; at < requests; at++) {
      let seen = 0;
      const stop = new AbortController();
      server.onAsked = () => {
        if (++seen === at) stop.abort();
      };
      const patience = { ...steps().patience, signal: stop.signal };
      await create({ patience }).then(
        // The last look may need no further step.
        (record) => expect(record).not.toBeNull(),
        (error) => expect(error, `at request ${at}: ${error.stack}`).toBeInstanceOf(Interrupted),
      );
      server.onAsked = null;
      await create();
      expect(server.clusters, `interrupted at request ${at}`).toHaveLength(1);
      await remove();
      expect(server.clusters).toHaveLength(0);
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(requests).toBeGreaterThan(6);
  });

  it('takes away the load balancers and volumes of the cluster, and no others', async () => {
    await create();
    const [{ id }] = server.clusters;
    server.balancers = [
      { id: 21, cluster: id },
      { id: 22, cluster: 999 },
    ];
    server.volumes = [
      { id: 31, cluster: id },
      { id: 32, cluster: 999 },
    ];
    const shown: string[] = [];
    const gone = await remove({
      confirm: async (_record, belongings) => {
        shown.push(...belongings.map(({ kind }) => kind));
        return true;
      },
    });
    expect(gone).toBe(true);
    expect(shown).toEqual(['load balancer', 'volume', ...(opensMedia ? ['firewall'] : [])]);
    expect(firewalls()).toEqual([]);
    expect(server.clusters).toEqual([]);
    expect(server.balancers).toEqual([{ id: 22, cluster: 999 }]);
    expect(server.volumes).toEqual([{ id: 32, cluster: 999 }]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('deletes nothing where the user says no', async () => {
    await create();
    expect(await remove({ confirm: async () => false })).toBe(false);
    expect(server.clusters).toHaveLength(1);
    expect(existsSync(records.pathOf('lab'))).toBe(true);
  });

  it('goes on with a deletion that was interrupted at any request', async () => {
    let requests = 0;
    for (let at = 0; at <= requests; at++) {
      await create();
      const [{ id }] = server.clusters;
      server.balancers = [{ id: 40, cluster: id }];
      server.volumes = [{ id: 50, cluster: id }];
      let seen = 0;
      const stop = new AbortController();
      server.onAsked = () => {
        if (++seen === at) stop.abort();
      };
      await remove({ patience: { ...steps().patience, signal: stop.signal } }).catch((error) =>
        expect(error).toBeInstanceOf(Interrupted),
      );
      server.onAsked = null;
      if (at === 0) requests = seen;
      if (records.read('lab') !== null) await remove();
      expect([server.clusters, server.balancers, server.volumes, firewalls()], `interrupted at request ${at}`).toEqual([
        [],
        [],
        [],
        [],
      ]);
    }
    expect(requests).toBeGreaterThan(4);
  });

  it('deletes what was begun and never came to be', async () => {
    server.disturb('POST', clustersPath, 'closed', 6);
    expect(await refused(create())).toMatch(/no answer/);
    expect(records.read('lab')).toMatchObject({ id: null });
    expect(await remove()).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so where somebody else deleted the cluster meanwhile', async () => {
    await create();
    server.clusters = [];
    expect(await refused(create())).toMatch(/is gone/);
    expect(firewalls()).toEqual([]);
    expect(records.read('lab')).toBeNull();
    expect(title).not.toBe('');
  });
});

describe.each(PROVIDERS)('the check of requests to %s', (title, newServer, _open, clustersPath) => {
  const path = { Linode: '/v4beta/lke/clusters', DigitalOcean: '/v2/kubernetes/clusters' }[title.split(' ')[0]];
  const post = (root: string, body: object) =>
    fetch(root + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  it.skipIf(title.includes('SKIPPED'))(
    'finds fields that the provider does not know, and fields of the wrong type',
    async () => {
      const server = newServer();
      const root = await server.listen();
      try {
        const pool = { type: 'medium', size: 'medium', count: 2 };
        const good = {
          name: 'lab',
          label: 'lab',
          region: 'here-1',
          version: '1.34',
          k8s_version: '1.34',
          node_pools: [pool],
        };
        await post(root, { ...good, colour: 'red' });
        expect(server.violations.join()).toMatch(/colour|additional properties/);
        server.violations.length = 0;
        await post(root, { ...good, region: 7, node_pools: [{ ...pool, count: 'many' }] });
        expect(server.violations.join()).toMatch(/count|region/);
        expect(clustersPath.test(path ?? '')).toBe(true);
      } finally {
        await server.close();
      }
    },
  );
});

describe('a cluster that fails', () => {
  it('is told with the reason of the provider', async () => {
    const server = new DigitalOceanServer();
    const provider = await openDigitalOcean(TOKEN, await server.listen(), TIMEOUT_MS);
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-clusters-'));
    try {
      server.onAsked = () => {
        for (const cluster of server.clusters) cluster.failure = 'no droplets left';
      };
      const promise = createCluster(REQUEST, {
        ...{ provider, records: new ClusterRecords(folder), now: Date.now, kubeconfig: join(folder, 'kubeconfig') },
        patience: {
          title: 'DigitalOcean',
          tokenVariable: 'T',
          signal: new AbortController().signal,
          wait: async () => {},
          onWait: () => {},
        },
        onProgress: () => {},
        confirm: async () => true,
      });
      await expect(promise).rejects.toThrow('DigitalOcean: the cluster lab failed: no droplets left');
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
