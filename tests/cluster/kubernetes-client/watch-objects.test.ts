import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterAccess, connectCluster, KubernetesError, ObjectWatch } from '../../../cluster/index.ts';
import { eventually } from '../drivers/driver-contract.ts';
import { FakeCluster } from '../drivers/fake-cluster/fake-cluster.ts';

const PODS = '/api/v1/namespaces/default/pods';

describe('a watch', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-watch-'));
  let cluster: FakeCluster;
  let access: ClusterAccess;
  let watch: ObjectWatch<never>;
  const told: string[] = [];
  const faults: string[] = [];
  const put = (name: string, value = '') =>
    cluster.store.put(PODS, {
      metadata: { name, labels: { 'app.kubernetes.io/name': 'x', value } },
      spec: {},
      status: { conditions: [] },
    });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const names = () => watch.objects.map(({ metadata }: { metadata: { name: string } }) => metadata.name).toSorted();

  beforeEach(async () => {
    told.length = 0;
    faults.length = 0;
    cluster = await FakeCluster.open();
    ({ access } = await connectCluster({ kubeconfig: cluster.writeKubeconfig(join(folder, 'kubeconfig')) }));
    watch = new ObjectWatch<never>(
      access,
      PODS,
      {},
      {
        changed: ({ metadata }: { metadata: { name: string } }) => told.push(`+${metadata.name}`),
        removed: ({ metadata }: { metadata: { name: string } }) => told.push(`-${metadata.name}`),
        fault: (error) => faults.push(error.message),
      },
    );
  });
  afterEach(async () => {
    await watch.stop();
    access.close();
    cluster.close();
  });

  it('begins with what there is, over several pages, and follows it', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(name);
    await watch.start();
    expect(told).toEqual(['+a', '+b', '+c', '+d', '+e']);
    await eventually(() => cluster.openWatches === 1, 'it watches');
    put('a', 'changed');
    cluster.store.delete(PODS, 'b');
    await eventually(() => told.includes('-b'), 'all is told');
    expect(told.slice(5)).toEqual(['+a', '-b']);
  });

  it('finds by listing anew what was missed while versions were forgotten: changes, removals, and one of the same name', async () => {
    for (const name of ['a', 'b', 'c']) put(name);
    await watch.start();
    await eventually(() => cluster.openWatches === 1, 'it watches');
    cluster.faults.goneEvery = 1;
    cluster.breakWatches();
    cluster.store.delete(PODS, 'b');
    cluster.store.delete(PODS, 'c');
    put('c');
    put('d');
    cluster.store.compact();
    await eventually(() => told.includes('+d'), 'it was listed anew');
    expect(told.slice(3).toSorted()).toEqual(['+c', '+d', '-b', '-c']);
    expect(told.indexOf('-c')).toBeLessThan(told.lastIndexOf('+c'));
    cluster.faults.goneEvery = 0;
    put('e');
    await eventually(() => told.includes('+e'), 'it goes on');
    expect(names()).toEqual(['a', 'c', 'd', 'e']);
  });

  it('goes on where it was after a connection broke off within a line, and tells nothing twice', async () => {
    cluster.faults.watchBreaksAfter = 1;
    await watch.start();
    for (let count = 0; count < 12; count++) put(`pod-${count}`);
    await eventually(() => told.length >= 12, 'all is told');
    expect(told).toEqual(Array.from({ length: 12 }, (_, count) => `+pod-${count}`));
  });

  it('needs no listing where nothing happened for long: bookmarks tell how far it is', async () => {
    await watch.start();
    await eventually(() => cluster.openWatches === 1, 'it watches');
    cluster.store.put('/api/v1/namespaces/other/pods', { metadata: { name: 'elsewhere' } });
    // The version goes on by what happens elsewhere; a bookmark carries it.
    const before = cluster.bookmarks;
    await eventually(() => cluster.bookmarks >= before + 3, 'a bookmark came');
    cluster.store.compact();
    const lists = cluster.requests.filter((request) => request === `GET ${PODS}`).length;
    cluster.breakWatches();
    put('a');
    await eventually(() => told.includes('+a'), 'it goes on');
    // One request more, the watch itself.
    expect(cluster.requests.filter((request) => request === `GET ${PODS}`)).toHaveLength(lists + 1);
    expect(faults).toEqual([]);
  });

  it('tells of a fault, and goes on by itself', async () => {
    await watch.start();
    await eventually(() => cluster.openWatches === 1, 'it watches');
    put('a');
    await eventually(() => told.includes('+a'), 'it is told');
    cluster.faults.throttleEvery = 1;
    cluster.breakWatches();
    await eventually(() => faults.length > 0, 'the fault is told');
    cluster.faults.throttleEvery = 0;
    put('b');
    await eventually(() => told.includes('+b'), 'it goes on');
  });

  it('cannot start where the list is refused', async () => {
    const other = new ObjectWatch(
      access,
      '/api/v1/namespaces/default/none',
      {},
      { changed: () => {}, removed: () => {} },
    );
    await expect(other.start()).rejects.toBeInstanceOf(KubernetesError);
    expect(access).toBeInstanceOf(ClusterAccess);
  });
});
