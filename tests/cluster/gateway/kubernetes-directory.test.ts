import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { kubernetesDirectory } from '../../../cluster/gateway/kubernetes-directory.ts';
import { until } from './open-test-gateway.ts';

const PATH = '/apis/discovery.k8s.io/v1/namespaces/conference/endpointslices';

type Endpoint = { readonly address: string; readonly serving?: boolean };

const slice = (name: string, version: number, endpoints: readonly Endpoint[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'conference', resourceVersion: String(version) },
  addressType: 'IPv4',
  ports: [{ name: 'control', port: 7000, protocol: 'TCP' }],
  endpoints: endpoints.map(({ address, serving = true }) => ({
    addresses: [address],
    conditions: { ready: serving, serving, terminating: false },
  })),
});

/** The list and watch of one resource, over real HTTP, as an API server speaks them. */
async function openApiServer() {
  const state = {
    items: [] as object[],
    version: 1,
    forbidden: false,
    watches: 0,
    selectors: new Set<string | null>(),
  };
  const watches = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://api');
    response.setHeader('content-type', 'application/json');
    if (state.forbidden || url.pathname !== PATH) {
      response.statusCode = state.forbidden ? 403 : 404;
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: response.statusCode }));
      return;
    }
    state.selectors.add(url.searchParams.get('labelSelector'));
    if (url.searchParams.get('watch') === null) {
      const metadata = { resourceVersion: String(state.version) };
      response.end(
        JSON.stringify({ kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata, items: state.items }),
      );
      return;
    }
    response.flushHeaders();
    state.watches++;
    watches.add(response);
    response.on('close', () => watches.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: 'c', skipTLSVerify: true, server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    ],
    users: [{ name: 'u' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'conference' }],
    currentContext: 'x',
  });
  return {
    state,
    config,
    watches,
    tell: (type: string, object: object) => {
      for (const watch of watches) watch.write(`${JSON.stringify({ type, object })}\n`);
    },
    breakOff: () => {
      for (const watch of watches) watch.destroy();
    },
    close: () => {
      for (const watch of watches) watch.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function watched() {
  const api = await openApiServer();
  const sfus = new Set<string>();
  const faults: string[] = [];
  const end = new AbortController();
  stops.push(() => {
    end.abort();
    api.close();
  });
  const start = () =>
    kubernetesDirectory({ config: api.config, service: 'sfu', onFault: (text) => faults.push(text) }).watch(
      { add: ({ controlUrl }) => sfus.add(controlUrl), remove: (controlUrl) => sfus.delete(controlUrl) },
      end.signal,
    );
  return { ...api, sfus, faults, start };
}

describe('SFUs behind a Service', () => {
  it('are those that its EndpointSlices list, and follow them', async () => {
    const { state, sfus, start, tell, watches } = await watched();
    state.items = [slice('sfu-a', 1, [{ address: '10.0.0.1' }, { address: '10.0.0.2', serving: false }])];
    start();
    await until(() => sfus.size === 1 && watches.size === 1);
    expect([...sfus]).toEqual(['http://10.0.0.1:7000']);
    expect([...state.selectors]).toEqual(['kubernetes.io/service-name=sfu']);

    // One comes to serve; one is unready for a moment, and keeps its calls.
    tell('MODIFIED', slice('sfu-a', 2, [{ address: '10.0.0.1', serving: false }, { address: '10.0.0.2' }]));
    await until(() => sfus.size === 2);
    tell('ADDED', slice('sfu-b', 3, [{ address: '10.0.0.3' }]));
    await until(() => sfus.size === 3);
    tell('MODIFIED', slice('sfu-a', 4, [{ address: '10.0.0.2' }]));
    await until(() => sfus.size === 2);
    expect([...sfus]).toEqual(['http://10.0.0.2:7000', 'http://10.0.0.3:7000']);
    tell('DELETED', slice('sfu-b', 5, [{ address: '10.0.0.3' }]));
    await until(() => sfus.size === 1);
  });

  it('are listed anew where the watch broke off or its version is too old (410 Gone)', async () => {
    const { state, sfus, start, tell, watches, breakOff } = await watched();
    state.items = [slice('sfu-a', 1, [{ address: '10.0.0.1' }])];
    start();
    await until(() => watches.size === 1);
    state.items = [slice('sfu-a', 7, [{ address: '10.0.0.9' }])];
    state.version = 7;
    tell('ERROR', { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired' });
    // The server ends a watch that it refuses to go on with.
    for (const watch of watches) watch.end();
    await until(() => sfus.has('http://10.0.0.9:7000'));
    expect([...sfus]).toEqual(['http://10.0.0.9:7000']);

    // Broken off by the network, it goes on where it was.
    await until(() => watches.size === 1);
    const before = state.watches;
    breakOff();
    await until(() => state.watches > before && watches.size === 1);
    tell('MODIFIED', slice('sfu-a', 10, [{ address: '10.0.0.10' }]));
    await until(() => sfus.has('http://10.0.0.10:7000') && sfus.size === 1);
  });

  it('are waited for where the account may not list them, and the fault is said', async () => {
    const { state, sfus, faults, start } = await watched();
    state.forbidden = true;
    state.items = [slice('sfu-a', 1, [{ address: '10.0.0.1' }])];
    start();
    await until(() => faults.length > 0);
    expect(faults[0]).toContain('may not list endpointslices');
    state.forbidden = false;
    await until(() => sfus.size === 1);
  });
});
