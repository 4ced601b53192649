import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BringUpOptions, bringUp } from '../../../cluster/deployment/bring-up.ts';
import { conferenceStatus } from '../../../cluster/deployment/conference-status.ts';
import { planTakeDown, takeDown } from '../../../cluster/deployment/take-down.ts';
import type { ClusterAccess } from '../../../cluster/kubernetes-client/cluster-access.ts';
import { externalAddresses } from '../../../cluster/kubernetes-client/node-address.ts';
import { ApiServer } from './api-server.ts';

// A machine may have much else to do.
vi.setConfig({ testTimeout: 120_000 });

const TIMEOUT_MS = 30_000;

let server: ApiServer;
let access: ClusterAccess;
beforeEach(async () => {
  server = new ApiServer();
  access = await server.listen();
});
afterEach(async () => {
  access.close();
  await server.close();
});

const up = (change: Partial<BringUpOptions> = {}) =>
  bringUp(access, {
    ...{ overlay: 'hpa', namespace: 'calls', image: null, mediaPort: null, timeoutMs: TIMEOUT_MS },
    ...{ signal: new AbortController().signal, onProgress: () => {} },
    ...change,
  });
const writes = () => server.asked.filter((line) => /^(PATCH|POST|DELETE) (?!.*accessreviews)/.test(line));

describe('bringing a conference up', () => {
  it('applies the overlay into the namespace, the namespace first and a secret before what needs it', async () => {
    const { made, removed, address } = await up();
    expect(writes().slice(0, 2)).toEqual(['PATCH /api/v1/namespaces/calls', 'POST /api/v1/namespaces/calls/secrets']);
    expect(made).toEqual(
      expect.arrayContaining(['Namespace calls', 'Secret rtcscope', 'Deployment sfu', 'HorizontalPodAutoscaler sfu']),
    );
    expect(removed).toEqual([]);
    expect(address).toEqual({ kind: 'inside', port: 80 });
    const { stringData } = server.find('Secret', 'rtcscope');
    expect(stringData['token-secret']).toMatch(/^[0-9a-f]{64}$/);
    expect(stringData['control-secret']).not.toBe(stringData['token-secret']);
  });

  it('changes nothing the second time, and keeps the secret', async () => {
    await up();
    const before = structuredClone([...server.objects]);
    expect(await up()).toMatchObject({ made: [], removed: [] });
    expect([...server.objects]).toEqual(before);
  });

  it('takes away what the new overlay has no longer', async () => {
    await up();
    expect((await up({ overlay: 'no-hpa' })).removed).toEqual(['HorizontalPodAutoscaler sfu']);
    expect(server.find('HorizontalPodAutoscaler', 'sfu')).toBeUndefined();
    expect(server.find('Deployment', 'sfu')).toBeDefined();
  });

  it('sets image and media port where asked to, the port that clients are told with it', async () => {
    await up({ image: 'registry.example/rtcscope:9.9.9', mediaPort: 12_345 });
    const [container] = server.find('Deployment', 'sfu').spec.template.spec.containers;
    expect(container.image).toBe('registry.example/rtcscope:9.9.9');
    expect(container.args).toEqual(expect.arrayContaining(['--udp-port=12345', '--tcp-port=12345']));
    expect(container.ports.slice(0, 2)).toEqual([
      { name: 'media-udp', containerPort: 12_345, hostPort: 12_345, protocol: 'UDP' },
      { name: 'media-tcp', containerPort: 12_345, hostPort: 12_345, protocol: 'TCP' },
    ]);
    const [gateway] = server.find('Deployment', 'gateway').spec.template.spec.containers;
    expect(gateway.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
  });

  it('takes an overlay of the user', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-overlay-'));
    try {
      mkdirSync(join(folder, 'mine'));
      const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' }, data: { a: 'b' } };
      writeFileSync(join(folder, 'mine', 'config.yaml'), JSON.stringify(config));
      writeFileSync(join(folder, 'mine', 'kustomization.yaml'), 'resources: [config.yaml]\n');
      expect((await up({ overlay: join(folder, 'mine') })).made).toEqual(['Secret rtcscope', 'ConfigMap mine']);
    } finally {
      rmSync(folder, { recursive: true });
    }
    await expect(up({ overlay: 'nothing' })).rejects.toMatchObject({
      code: 'bad-overlay',
      hint: expect.stringContaining('no-hpa'),
    });
  });

  it.each([
    ['NodePort', { ports: [{ name: 'http', port: 80, nodePort: 30_080 }] }, {}, 'http://198.51.100.7:30080/'],
    [
      'LoadBalancer',
      { ports: [{ name: 'http', port: 80 }] },
      { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
      'http://203.0.113.9/',
    ],
    [
      'LoadBalancer',
      { ports: [{ name: 'http', port: 8443 }] },
      { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } },
      'http://lb.example:8443/',
    ],
  ])('tells the address of a %s', async (type, spec, status, url) => {
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.7' },
      { type: 'ExternalIP', address: '198.51.100.7' },
    ];
    server.put('/api/v1/nodes/n1', { kind: 'Node', metadata: { name: 'n1' }, status: { addresses } });
    await up();
    const path = '/api/v1/namespaces/calls/services/gateway';
    server.put(path, { ...server.objects.get(path), spec: { type, ...spec }, status });
    expect((await conferenceStatus(access, 'calls')).address).toEqual({ kind: 'url', url });
  });

  it('gives what is in no namespace a name of its own, and takes it away with the rest', async () => {
    await up({ overlay: 'linode' });
    await up({ overlay: 'linode', namespace: 'other' });
    const binding = server.find('ClusterRoleBinding', 'rtcscope-sfu-calls');
    expect(binding.roleRef.name).toBe('rtcscope-sfu-calls');
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'sfu', namespace: 'calls' }]);
    await takeDown(access, 'calls', await planTakeDown(access, 'calls'), TIMEOUT_MS);
    expect(server.find('ClusterRole', 'rtcscope-sfu-calls')).toBeUndefined();
    expect(server.find('ClusterRole', 'rtcscope-sfu-other')).toBeDefined();
  });

  it('names what is not permitted before it makes anything', async () => {
    server.forbidden.add('create secrets').add('patch deployments');
    await expect(up()).rejects.toThrow(
      /may not patch deployments\.apps in namespace calls, create secrets in namespace calls/,
    );
    expect(writes()).toEqual([]);
  });
});

describe('the external addresses of a node', () => {
  it('are those that the provider wrote into its status', async () => {
    const addresses = [
      { type: 'Hostname', address: 'n1' },
      { type: 'InternalIP', address: '10.0.0.7' },
      { type: 'ExternalIP', address: '198.51.100.7' },
      { type: 'ExternalIP', address: '2001:db8::7' },
      { type: 'ExternalIP', address: 'not an address' },
    ];
    server.put('/api/v1/nodes/n1', { kind: 'Node', metadata: { name: 'n1' }, status: { addresses } });
    server.put('/api/v1/nodes/n2', {
      kind: 'Node',
      metadata: { name: 'n2' },
      status: { addresses: addresses.slice(0, 2) },
    });
    expect(await externalAddresses(access, 'n1')).toEqual(['198.51.100.7', '2001:db8::7']);
    expect(await externalAddresses(access, 'n2')).toEqual([]);
    await expect(externalAddresses(access, 'n3')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the status of a conference', () => {
  it('tells pods, readiness, and an autoscaler that sees nothing', async () => {
    await up();
    const scaler = '/apis/autoscaling/v2/namespaces/calls/horizontalpodautoscalers/sfu';
    const conditions = [{ type: 'ScalingActive', status: 'False', message: 'no metrics' }];
    server.put(scaler, { ...server.objects.get(scaler), status: { desiredReplicas: 2, conditions } });
    const labels = { 'app.kubernetes.io/name': 'sfu' };
    const status = { phase: 'Running', containerStatuses: [{ name: 'sfu', restartCount: 3 }] };
    server.put('/api/v1/namespaces/calls/pods/sfu-1', {
      kind: 'Pod',
      metadata: { name: 'sfu-1', labels },
      spec: { nodeName: 'n1' },
      status,
    });
    expect(await conferenceStatus(access, 'calls')).toMatchObject({
      deployments: expect.arrayContaining([{ name: 'sfu', ready: 1, wanted: 1 }]),
      pods: [{ name: 'sfu-1', node: 'n1', phase: 'Running', restarts: 3 }],
      autoscaler: { min: 1, desired: 2, cpuPercent: null, blind: 'no metrics' },
    });
  });

  it('says so where there is none', async () => {
    await expect(conferenceStatus(access, 'calls')).rejects.toThrow('there is no conference in namespace calls');
  });
});

describe('taking a conference down', () => {
  it('takes away everything that was brought up, the namespace with it', async () => {
    await up();
    const plan = await planTakeDown(access, 'calls');
    expect(plan.withNamespace).toBe(true);
    expect(await takeDown(access, 'calls', plan, TIMEOUT_MS)).toEqual([]);
    expect([...server.objects.keys()]).toEqual([]);
    await expect(planTakeDown(access, 'calls')).rejects.toThrow('there is no conference in namespace calls');
  });

  it('leaves the namespace, and what others have in it', async () => {
    await up();
    const other = '/api/v1/namespaces/calls/pods/database-0';
    server.put(other, { kind: 'Pod', metadata: { name: 'database-0', labels: {} } });
    const config = '/api/v1/namespaces/calls/configmaps/theirs';
    server.put(config, { kind: 'ConfigMap', metadata: { name: 'theirs' } });
    const plan = await planTakeDown(access, 'calls');
    expect(plan.withNamespace).toBe(false);
    await takeDown(access, 'calls', plan, TIMEOUT_MS);
    expect([...server.objects.keys()].sort()).toEqual(['/api/v1/namespaces/calls', config, other]);
  });

  it('does not touch an experiment', async () => {
    await up({ namespace: 'lab' });
    for (const object of server.objects.values())
      object.metadata.labels['app.kubernetes.io/managed-by'] = 'rtcscope-lab';
    expect((await planTakeDown(access, 'lab')).objects).toEqual([]);
  });
});
