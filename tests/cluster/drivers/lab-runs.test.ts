import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMarkedAlive, MARK } from '../../../cluster/drivers/kubernetes/run-mark.ts';
import {
  type ClusterAccess,
  connectCluster,
  findLabRuns,
  KubernetesDriver,
  labRunText,
  type RunProblem,
  removeLabRun,
} from '../../../cluster/index.ts';
import { scenarioOf } from './driver-contract.ts';
import { FakeCluster, type FakeClusterObject } from './fake-cluster/fake-cluster.ts';

const SMALL = 'name: small\ncapture: off\nphases: [{ name: one, seconds: 5 }]\n';
const SCALED =
  'name: scaled\ncapture: off\nautoscaler: { maxReplicas: 2, targetCpuPercent: 50 }\nphases: [{ name: one, seconds: 5, autoscaling: true }]\n';

const folder = mkdtempSync(join(tmpdir(), 'rtcscope-lab-runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that was, and is no more. */
const deadProcess = () => `${spawnSync(process.execPath, ['-e', '']).pid}@${hostname()}`;

let cluster: FakeCluster;
let access: ClusterAccess;
let drivers: KubernetesDriver[];
let problems: RunProblem[];
beforeEach(async () => {
  cluster = await FakeCluster.open();
  ({ access } = await connectCluster({ kubeconfig: kubeconfig() }));
  drivers = [];
  problems = [];
});
afterEach(async () => {
  for (const driver of drivers) await driver.teardown();
  expect(leftovers()).toEqual([]);
  access.close();
  cluster.close();
});
const kubeconfig = () => cluster.writeKubeconfig(join(folder, 'kubeconfig'));
const leftovers = () =>
  cluster.store
    .collections('')
    .flatMap((collection) => cluster.store.list(collection).map(({ metadata }) => `${collection}/${metadata.name}`))
    .filter((name) => !/\/nodes\/|namespaces\/default$/.test(name));
const begin = async (text: string, options: object = {}) => {
  const scenario = scenarioOf(text);
  const driver = await KubernetesDriver.connect(scenario, { kubeconfig: kubeconfig(), ...options });
  drivers.push(driver);
  await driver.apply(scenario, 1, folder, { scaling: () => {}, problem: (found) => problems.push(found) });
  await driver.waitReady(60_000, new AbortController().signal);
  return driver;
};
const object = (path: string, name: string): FakeClusterObject => cluster.store.get(path, name)!;
/** As if the process that made it had been killed. */
const kill = (path: string, name: string) => {
  const { metadata, ...others } = object(path, name);
  const annotations = { ...metadata.annotations, [MARK.process]: deadProcess() };
  cluster.store.put(path, { ...others, metadata: { ...metadata, annotations } });
};

describe('what killed runs left in a cluster', { timeout: 120_000 }, () => {
  it('is told apart from a run that goes on, named to the next one, and taken away whole', async () => {
    const { namespace } = await begin(SMALL);
    const [running] = await findLabRuns(access);
    expect(running).toMatchObject({ namespace, ownNamespace: true, scenario: 'small', isAlive: true });
    expect(running.owner).toMatch(new RegExp(`.@${hostname()}$`));
    expect(labRunText(running)).toContain(`namespace ${namespace}: an experiment that runs (scenario small, started 2`);
    kill('/api/v1/namespaces', namespace);
    const [left] = await findLabRuns(access);
    expect(left.isAlive).toBe(false);
    expect(labRunText(left)).toContain('left by an experiment that was killed');
    const next = await KubernetesDriver.connect(scenarioOf(SMALL), { kubeconfig: kubeconfig() });
    drivers.push(next);
    expect(next.otherRuns).toEqual([left]);
    expect(await removeLabRun(access, left, 60_000)).toEqual([]);
    expect(leftovers()).toEqual([]);
    expect(await findLabRuns(access)).toEqual([]);
  });

  it('is found in a namespace that was there before, which stays', async () => {
    cluster.store.put('/api/v1/namespaces', { metadata: { name: 'mine' } });
    await begin(SMALL, { namespace: 'mine' });
    kill('/apis/apps/v1/namespaces/mine/deployments', 'gateway');
    expect(await findLabRuns(access)).toEqual([]);
    const taken = KubernetesDriver.connect(scenarioOf(SMALL), { kubeconfig: kubeconfig(), namespace: 'mine' });
    await expect(taken).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining('lab clean --n') });
    const [left] = await findLabRuns(access, 'mine');
    expect(left).toMatchObject({ namespace: 'mine', ownNamespace: false, isAlive: false });
    expect(await removeLabRun(access, left, 60_000)).toEqual([]);
    expect(leftovers()).toEqual(['/api/v1/namespaces/mine']);
    cluster.store.delete('/api/v1/namespaces', 'mine');
  });

  it('is no matter for a user who may not look', async () => {
    cluster.forbidLists = true;
    expect(await findLabRuns(access, 'default')).toEqual([]);
    cluster.forbidLists = false;
  });

  it('is what has said nothing for minutes, or whose process is gone', () => {
    const nowMs = Date.UTC(2026, 0, 1, 12);
    const mark = (agoMs: number, process: string) => ({
      [MARK.alive]: new Date(nowMs - agoMs).toISOString(),
      [MARK.process]: process,
    });
    expect(isMarkedAlive(mark(60_000, '1@elsewhere'), nowMs)).toBe(true);
    expect(isMarkedAlive(mark(240_000, '1@elsewhere'), nowMs)).toBe(false);
    expect(isMarkedAlive(mark(0, `${process.pid}@${hostname()}`), nowMs)).toBe(true);
    expect(isMarkedAlive(mark(0, deadProcess()), nowMs)).toBe(false);
    expect(isMarkedAlive({ [MARK.alive]: 'yesterday' }, nowMs)).toBe(false);
    expect(isMarkedAlive(undefined, nowMs)).toBe(false);
  });
});

describe('a run with an overlay of its own', { timeout: 120_000 }, () => {
  const shipped = fileURLToPath(new URL('../../../cluster/kubernetes', import.meta.url));
  const overlay = (name: string, text: string, files: Readonly<Record<string, string>> = {}) => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'kustomization.yaml'), text.replaceAll('SHIPPED', relative(own, shipped)));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(own, file), content);
    return own;
  };

  it('has what the overlay changes, the sizes of the scenario, and nothing left in the end', async () => {
    const own = overlay(
      'own',
      `resources: [SHIPPED/base]
components: [SHIPPED/components/node-address]
patches:
  - target: { kind: Deployment, name: sfu }
    patch: |-
      - { op: add, path: /spec/template/spec/priorityClassName, value: calls }
`,
    );
    const { namespace } = await begin(SMALL, { overlay: own });
    const { spec } = object(`/apis/apps/v1/namespaces/${namespace}/deployments`, 'sfu');
    expect(spec.template.spec.priorityClassName).toBe('calls');
    expect(spec.template.spec.containers[0].resources.limits).toEqual({ cpu: '500m', memory: '512Mi' });
    // What is in no namespace does not go with one.
    const roles = cluster.store.list('/apis/rbac.authorization.k8s.io/v1/clusterroles');
    expect(roles.map(({ metadata }) => metadata.name)).toEqual([`rtcscope-sfu-${namespace}`]);
  });

  it('scales as its autoscaler says, where that goes by another metric than CPU', async () => {
    const driver = await begin(SCALED, {
      overlay: overlay(
        'capacity',
        'resources: [SHIPPED/base]\ncomponents: [SHIPPED/components/autoscaling-capacity]\n',
      ),
    });
    expect(problems.map(({ code }) => code)).toEqual(['own-metric']);
    const path = `/apis/autoscaling/v2/namespaces/${driver.namespace}/horizontalpodautoscalers`;
    expect(cluster.store.list(path)).toEqual([]);
    await driver.setAutoscaler(true);
    const { spec } = object(path, 'sfu');
    expect(spec.metrics).toMatchObject([{ type: 'Pods', pods: { metric: { name: 'rtcscope_sfu_capacity_used' } } }]);
    expect(spec.maxReplicas).toBe(2);
  });

  it('is refused before anything is made, where the overlay is none or lacks what is needed', async () => {
    for (const [name, message] of [
      ['none', 'there is no overlay "none"'],
      [overlay('bare', 'resources: [one.yaml]\n', { 'one.yaml': NO_CONFERENCE }), 'holds no Deployment sfu'],
    ] as const) {
      const refused = KubernetesDriver.connect(scenarioOf(SMALL), { kubeconfig: kubeconfig(), overlay: name });
      await expect(refused).rejects.toMatchObject({ code: 'bad-overlay', message: expect.stringContaining(message) });
    }
  });
});

const NO_CONFERENCE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one }\n';
