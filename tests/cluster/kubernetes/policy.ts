// What manifests of ours must keep, and the exceptions that docs/kubernetes.md gives reasons for.
import type { KubernetesObject } from './rendered-overlay.ts';

/** By container: capabilities that it may add, host ports that it may take, whether it may be root. */
const EXCEPTIONS: Readonly<Record<string, { capabilities?: string[]; hostPorts?: string[]; root?: true }>> = {
  sfu: { hostPorts: ['media-udp', 'media-tcp'] },
  capture: { capabilities: ['NET_RAW', 'SETGID', 'SETUID'], root: true },
};

/** @returns a line for each violation, with the object's and the container's name. */
export function policyFaults(objects: readonly KubernetesObject[]): string[] {
  return objects.flatMap((object) => {
    const pod = podOf(object);
    if (pod === null) return [];
    const name = `${object.kind}/${object.metadata.name}`;
    const containers = [...(pod.initContainers ?? []), ...pod.containers];
    return [
      ...podFaults(pod).map((fault) => `${name}: ${fault}`),
      ...containers.flatMap((container: KubernetesObject) =>
        containerFaults(container, pod).map((fault) => `${name} ${container.name}: ${fault}`),
      ),
    ];
  });
}

function podOf({ kind, spec }: KubernetesObject): KubernetesObject | null {
  if (kind === 'Pod') return spec;
  if (kind === 'CronJob') return spec.jobTemplate.spec.template.spec;
  return spec?.template?.spec ?? null;
}

function podFaults(pod: KubernetesObject): string[] {
  const faults = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod[field] === true);
  if (pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault') faults.push('no seccomp profile');
  for (const volume of pod.volumes ?? []) {
    if (volume.hostPath !== undefined) faults.push(`hostPath ${volume.hostPath.path}`);
    if (volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined)
      faults.push(`emptyDir ${volume.name} without a limit`);
  }
  return faults;
}

function containerFaults(container: KubernetesObject, pod: KubernetesObject): string[] {
  const faults: string[] = [];
  const own = container.securityContext ?? {};
  const allowed = EXCEPTIONS[container.name] ?? {};
  const setting = (field: string) => own[field] ?? pod.securityContext?.[field];
  if (own.privileged === true) faults.push('privileged');
  if (own.allowPrivilegeEscalation !== false) faults.push('may escalate privileges');
  if (own.readOnlyRootFilesystem !== true) faults.push('root file system can be written');
  if (!own.capabilities?.drop?.includes('ALL')) faults.push('keeps capabilities');
  for (const capability of own.capabilities?.add ?? [])
    if (!allowed.capabilities?.includes(capability)) faults.push(`adds ${capability}`);
  if (!allowed.root && (setting('runAsNonRoot') !== true || !(setting('runAsUser') > 0))) faults.push('may be root');
  if (!/^[^:@]+(\/[^:@]+)*(:\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})$/.test(container.image))
    faults.push(`image ${container.image} names no version`);
  for (const bound of ['requests', 'limits'])
    for (const resource of ['cpu', 'memory'])
      if (container.resources?.[bound]?.[resource] === undefined) faults.push(`no ${bound} of ${resource}`);
  for (const { hostPort, name } of container.ports ?? [])
    if (hostPort !== undefined && !allowed.hostPorts?.includes(name)) faults.push(`hostPort ${hostPort}`);
  return faults;
}
