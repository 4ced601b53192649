import { describe, expect, it } from 'vitest';
import { diagnoseDeployment, diagnosePod } from '../../../cluster/kubernetes-client/diagnose.ts';
import { refusalOf, shownText } from '../../../cluster/kubernetes-client/kubernetes-error.ts';
import type { Deployment, Pod } from '../../../cluster/kubernetes-client/pod.ts';

const pod = (status: NonNullable<Pod['status']>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'sfu-1' },
  spec: { nodeName: 'n1' },
  status,
});
const waiting = (reason: string, message = '') =>
  pod({ containerStatuses: [{ name: 'sfu', image: 'localhost/rtcscope:9', state: { waiting: { reason, message } } }] });

describe('why a pod is not ready', () => {
  it.each<[string, Pod, string | null, boolean]>([
    ['its image is missing', waiting('ImagePullBackOff'), 'image-missing', true],
    ['its image may still come', waiting('ErrImagePull'), 'image-missing', false],
    [
      'its secret is missing',
      waiting('CreateContainerConfigError', 'secret "rtcscope" not found'),
      'pod-failed',
      false,
    ],
    ['it only begins', waiting('ContainerCreating'), null, false],
    ['it runs', pod({ containerStatuses: [{ name: 'sfu', state: { running: {} } }] }), null, false],
    [
      'it ends again and again',
      pod({
        containerStatuses: [
          {
            name: 'sfu',
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1 } },
          },
        ],
      }),
      'pod-failed',
      true,
    ],
    [
      'its port is taken',
      pod({
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            message: "0/2 nodes are available: 2 node(s) didn't have free ports",
          },
        ],
      }),
      'port-taken',
      false,
    ],
    [
      'no node has the CPU',
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: 'Insufficient cpu' }] }),
      'unschedulable',
      false,
    ],
  ])('%s', (_what, given, code, isFinal) => {
    const found = diagnosePod(given);
    expect(found?.code ?? null).toBe(code);
    if (found !== null) expect(found).toMatchObject({ isFinal, text: expect.stringContaining('sfu-1') });
  });

  it.each([
    ['pods "sfu-1" is forbidden: exceeded quota: small', 'quota-exceeded'],
    ['pods "sfu-1" is forbidden: violates PodSecurity "restricted:latest"', 'pod-failed'],
  ])('its Deployment may not make it: %s', (message, code) => {
    const deployment: Deployment = {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'sfu' } },
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
    };
    expect(diagnoseDeployment(deployment)).toMatchObject({ code, isFinal: true });
    expect(diagnoseDeployment({ ...deployment, status: {} })).toBeNull();
  });
});

describe('what a server refuses', () => {
  it.each<[number, string, string]>([
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'deployments.apps is forbidden: User "x" cannot create', 'forbidden'],
    [403, 'pods "a" is forbidden: exceeded quota: q', 'quota-exceeded'],
    [403, 'namespace is being terminated', 'namespace-terminating'],
    [404, 'not found', 'not-found'],
    [409, 'the object has been modified', 'conflict'],
    [422, 'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated', 'port-taken'],
    [500, 'etcdserver: leader changed', 'refused'],
  ])('%d %s', (status, message, code) => {
    expect(refusalOf(status, { message }, 'try')).toMatchObject({ code, status, message: `cannot try: ${message}` });
  });

  it('is one line that no terminal takes for anything else', () => {
    expect(shownText('a\u001b[31mb\r\nc\u202ed\u0000e')).toBe('a [31mb c d e');
    expect(shownText('x'.repeat(1000))).toHaveLength(401);
    expect(refusalOf(502, '<html>\nBad gateway</html>', 'try').message).not.toContain('\n');
    expect(refusalOf(500, null, 'try').message).toContain('500');
  });
});
