import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectCluster } from '../../../cluster/kubernetes-client/connect.ts';

describe('connecting to a cluster', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'rtcscope-home-'));
    vi.stubEnv('HOME', home);
    vi.stubEnv('KUBECONFIG', undefined);
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  it('says that no cluster is named where there is no kubeconfig at all', async () => {
    await expect(connectCluster()).rejects.toThrow(/no cluster is named/);
  });

  it('names a kubeconfig that is not there, or is none', async () => {
    await expect(connectCluster({ kubeconfig: join(home, 'none') })).rejects.toThrow(/there is no such kubeconfig/);
    writeFileSync(join(home, 'broken'), '{');
    await expect(connectCluster({ kubeconfig: join(home, 'broken') })).rejects.toThrow(/cannot be read/);
  });

  it('names the contexts that there are where another is asked for', async () => {
    const file = join(home, 'config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'here', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'me', user: {} }],
        contexts: [{ name: 'mine', context: { cluster: 'here', user: 'me' } }],
        'current-context': 'mine',
      }),
    );
    await expect(connectCluster({ kubeconfig: file, context: 'yours' })).rejects.toThrow(/no context "yours"/);
  });
});
