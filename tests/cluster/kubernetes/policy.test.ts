import { describe, expect, it, vi } from 'vitest';
import { policyFaults } from './policy.ts';
import { type KubernetesObject, kubectl, overlays, renderOverlay } from './rendered-overlay.ts';

// A machine may have much else to do.
vi.setConfig({ testTimeout: 120_000 });

/** What is done to the pod of the gateway, and to its container, and what must be said of it. */
const BROKEN: readonly [string, (pod: KubernetesObject, container: KubernetesObject) => void][] = [
  ['gateway: hostNetwork', (pod) => (pod.hostNetwork = true)],
  ['gateway: hostPID', (pod) => (pod.hostPID = true)],
  ['gateway: hostIPC', (pod) => (pod.hostIPC = true)],
  ['gateway: no seccomp profile', (pod) => delete pod.securityContext.seccompProfile],
  ['gateway: hostPath /var/run', (pod) => pod.volumes.push({ name: 'run', hostPath: { path: '/var/run' } })],
  ['gateway: emptyDir tmp without a limit', (pod) => delete pod.volumes[0].emptyDir.sizeLimit],
  ['gateway gateway: privileged', (_, { securityContext }) => (securityContext.privileged = true)],
  [
    'gateway gateway: may escalate privileges',
    (_, { securityContext }) => delete securityContext.allowPrivilegeEscalation,
  ],
  [
    'gateway gateway: root file system can be written',
    (_, container) => (container.securityContext.readOnlyRootFilesystem = false),
  ],
  ['gateway gateway: keeps capabilities', (_, { securityContext }) => delete securityContext.capabilities],
  ['gateway gateway: adds NET_RAW', (_, { securityContext }) => (securityContext.capabilities.add = ['NET_RAW'])],
  ['gateway gateway: may be root', (pod) => delete pod.securityContext.runAsNonRoot],
  ['gateway gateway: may be root', (pod) => (pod.securityContext.runAsUser = 0)],
  ['gateway gateway: may be root', (_, { securityContext }) => (securityContext.runAsUser = 0)],
  ['gateway gateway: image rtcscope:latest names no version', (_, container) => (container.image = 'rtcscope:latest')],
  ['gateway gateway: image rtcscope names no version', (_, container) => (container.image = 'rtcscope')],
  ['gateway gateway: no limits of memory', (_, { resources }) => delete resources.limits.memory],
  ['gateway gateway: no requests of cpu', (_, { resources }) => delete resources.requests.cpu],
  ['gateway gateway: hostPort 80', (_, { ports }) => (ports[0].hostPort = 80)],
  [
    'gateway other: may be root',
    (pod, container) => {
      pod.initContainers = [
        { ...container, name: 'other', securityContext: { ...container.securityContext, runAsUser: 0 } },
      ];
    },
  ],
];

describe.skipIf(kubectl === null)('policy (skipped where no kubectl 1.27 or later is found)', () => {
  it.each(overlays)('is kept by %s', (overlay) => {
    expect(policyFaults(renderOverlay(overlay))).toEqual([]);
  });

  it.each(BROKEN)('finds: %s', (fault, change) => {
    const objects = structuredClone(renderOverlay('no-hpa')) as KubernetesObject[];
    const { spec } = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'gateway').spec
      .template;
    change(spec, spec.containers[0]);
    expect(policyFaults(objects)).toEqual([`Deployment/${fault}`]);
  });
});
