import type { ClusterAccess } from '../../kubernetes-client/cluster-access.ts';
import { KubernetesError } from '../../kubernetes-client/kubernetes-error.ts';
import type { KubernetesObject } from '../../kubernetes-client/kubernetes-object.ts';
import { type Permission, requirePermissions } from '../../kubernetes-client/permissions.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { requireMetrics } from './cluster-metrics.ts';
import { type FoundNode, findNodes } from './cluster-nodes.ts';

/** Asked before anything is made: what would only fail later fails now, with nothing to take back. @throws KubernetesError */
export async function preflight(
  access: ClusterAccess,
  scenario: Scenario,
  namespace: string,
  overlay: readonly KubernetesObject[],
  loadInside = false,
): Promise<{ readonly nodes: readonly FoundNode[]; readonly isNewNamespace: boolean; readonly hasMetrics: boolean }> {
  const isNewNamespace =
    (await access.find(`/api/v1/namespaces/${namespace}`, { what: 'look for the namespace' })) === null;
  const wanted = wantedPermissions(scenario, namespace, isNewNamespace);
  if (overlay.some(({ kind }) => kind === 'ClusterRole')) {
    for (const resource of ['clusterroles', 'clusterrolebindings']) {
      for (const verb of ['patch', 'delete']) {
        wanted.push({ verb, resource, group: 'rbac.authorization.k8s.io', namespace: null });
      }
    }
  }
  if (loadInside) {
    for (const verb of ['create', 'patch', 'delete'])
      wanted.push({ verb, resource: 'jobs', group: 'batch', namespace });
    for (const resource of ['pods', 'pods/log']) wanted.push({ verb: 'get', resource, group: '', namespace });
  }
  await requirePermissions(access, wanted);
  if (!isNewNamespace) await refuseTaken(access, namespace);
  const nodes = await findNodes(access);
  const room = nodes.filter(({ takesPods }) => takesPods).length;
  const most = Math.max(...scenario.phases.map(({ replicas }) => replicas));
  if (most > room) {
    const text = `the scenario asks for ${most} media pods, and the cluster has ${room} ${room === 1 ? 'node that takes' : 'nodes that take'} pods`;
    throw new KubernetesError(
      'unschedulable',
      text,
      'A node carries one media pod, because of its media port: add nodes.',
    );
  }
  let hasMetrics = true;
  try {
    await requireMetrics(access);
  } catch (error) {
    const isNeeded = scenario.phases.some(({ autoscaling }) => autoscaling);
    if (isNeeded || !(error instanceof KubernetesError) || error.code !== 'no-metrics') throw error;
    hasMetrics = false;
  }
  return { nodes, isNewNamespace, hasMetrics };
}

async function refuseTaken(access: ClusterAccess, namespace: string): Promise<void> {
  for (const name of ['sfu', 'gateway']) {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    if ((await access.find(path, { what: `look for Deployment ${name}` })) === null) continue;
    const text = `namespace ${namespace} has a Deployment ${name} already`;
    const hint = `Name another namespace, or none: then one is made for the run. What a killed run left goes by rtcscope lab clean --namespace ${namespace}.`;
    throw new KubernetesError('conflict', text, hint);
  }
}

function wantedPermissions(scenario: Scenario, namespace: string, isNew: boolean): Permission[] {
  const inside = (group: string, resource: string, ...verbs: string[]): Permission[] =>
    verbs.map((verb) => ({ verb, resource, group, namespace }));
  const wanted = [
    { verb: 'list', resource: 'nodes', group: '', namespace: null },
    ...inside('apps', 'deployments', 'create', 'patch', 'delete', 'get', 'list', 'watch'),
    ...inside('apps', 'deployments/scale', 'patch'),
    ...inside('', 'services', 'create', 'patch', 'get'),
    ...inside('', 'secrets', 'create', 'patch'),
    ...inside('', 'serviceaccounts', 'create', 'patch'),
    ...inside('rbac.authorization.k8s.io', 'roles', 'create', 'patch'),
    ...inside('rbac.authorization.k8s.io', 'rolebindings', 'create', 'patch'),
    ...inside('networking.k8s.io', 'networkpolicies', 'create', 'patch'),
    ...inside('policy', 'poddisruptionbudgets', 'create', 'patch'),
    ...inside('', 'pods', 'list', 'watch'),
    ...inside('', 'events', 'list', 'watch'),
  ];
  if (isNew) {
    for (const verb of ['create', 'delete']) wanted.push({ verb, resource: 'namespaces', group: '', namespace: null });
  }
  if (scenario.phases.some(({ autoscaling }) => autoscaling)) {
    wanted.push(...inside('autoscaling', 'horizontalpodautoscalers', 'create', 'patch', 'delete', 'list', 'watch'));
  }
  if (scenario.capture !== null) {
    wanted.push(...inside('', 'pods', 'create', 'delete'), ...inside('', 'pods/exec', 'create', 'get'));
    if (scenario.capture.points.includes('pods')) wanted.push(...inside('', 'pods/ephemeralcontainers', 'patch'));
  }
  return wanted;
}
