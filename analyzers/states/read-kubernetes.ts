import { historyTimeMs } from './history-time.ts';
import { isObject, type JsonObject, member, textMember } from './json-documents.ts';
import { type HistoryBuilder, replicaCount } from './replica-history.ts';

/** The objects of what `kubectl get ... -o json` prints: lists are taken apart, as are the events of a watch. */
export function kubernetesObjects(documents: readonly unknown[]): JsonObject[] {
  return documents.flatMap((document): JsonObject[] => {
    if (Array.isArray(document)) return kubernetesObjects(document);
    if (!isObject(document)) return [];
    const items = document['items'];
    if (Array.isArray(items)) {
      // The items of a typed list need not say their kind.
      const kind = textMember(document, 'kind')?.replace(/List$/, '') ?? '';
      return kubernetesObjects(items).map((item) =>
        item['kind'] === undefined && kind !== '' ? { ...item, kind } : item,
      );
    }
    const watched = document['object'];
    return isObject(watched) && document['type'] !== undefined ? [watched] : [document];
  });
}

/** Events: decisions of the autoscaler, and what the deployment controller did of them. */
export function addEvents(objects: readonly JsonObject[], builder: HistoryBuilder): void {
  for (const event of objects) {
    const name = textMember(event, 'involvedObject', 'name') ?? textMember(event, 'regarding', 'name') ?? '';
    const reason = textMember(event, 'reason');
    const text = textMember(event, 'message') ?? textMember(event, 'note') ?? '';
    const time =
      textMember(event, 'lastTimestamp') ??
      textMember(event, 'eventTime') ??
      textMember(event, 'firstTimestamp') ??
      textMember(event, 'metadata', 'creationTimestamp');
    const timeMs = historyTimeMs(time);
    if (timeMs === null) {
      builder.refused++;
      continue;
    }
    if (reason === 'SuccessfulRescale') {
      const size = /New size: (\d+)/.exec(text);
      if (size !== null) builder.add(name, { timeMs, desired: replicaCount(size[1]) });
    } else if (reason === 'ScalingReplicaSet') {
      const to = /Scaled (?:up|down) replica set \S+ (?:from (\d+) )?to (\d+)(?: from (\d+))?/i.exec(text);
      if (to === null) continue;
      const from = replicaCount(to[1] ?? to[3]);
      // A second before, so that the number from which it began is known at all.
      if (from !== null) builder.add(name, { timeMs: timeMs - 1000, desired: null, current: from });
      builder.add(name, { timeMs, desired: replicaCount(to[2]), current: replicaCount(to[2]) });
    } else if (/^Failed(GetResourceMetric|ComputeMetricsReplicas|GetScale)/.test(reason ?? '')) {
      builder.activity.push({ timeMs, active: false, reason: text.slice(0, 300) });
    }
  }
}

/** HorizontalPodAutoscalers, once or as a watch saw them change. */
export function addAutoscalers(objects: readonly JsonObject[], builder: HistoryBuilder): void {
  const before = new Map<string, number>();
  for (const hpa of objects) {
    const name = textMember(hpa, 'spec', 'scaleTargetRef', 'name') ?? textMember(hpa, 'metadata', 'name') ?? '';
    const created = historyTimeMs(textMember(hpa, 'metadata', 'creationTimestamp'));
    const scaled = historyTimeMs(textMember(hpa, 'status', 'lastScaleTime'));
    const desired = replicaCount(member(hpa, 'status', 'desiredReplicas'));
    const current = replicaCount(member(hpa, 'status', 'currentReplicas'));
    const timeMs = scaled ?? created;
    if (timeMs === null || desired === null) {
      builder.refused++;
      continue;
    }
    if (!before.has(name)) {
      const minimum = replicaCount(member(hpa, 'spec', 'minReplicas'));
      if (created !== null && created < timeMs && minimum !== null)
        builder.add(name, { timeMs: created, desired: minimum });
    }
    if (before.get(name) !== desired) builder.add(name, { timeMs, desired, current: scaled === null ? current : null });
    before.set(name, desired);
    const conditions = member(hpa, 'status', 'conditions');
    for (const condition of Array.isArray(conditions) ? conditions : []) {
      const at = historyTimeMs(textMember(condition, 'lastTransitionTime'));
      if (textMember(condition, 'type') !== 'ScalingActive' || at === null) continue;
      builder.activity.push({
        timeMs: at,
        active: textMember(condition, 'status') === 'True',
        reason: textMember(condition, 'message')?.slice(0, 300) ?? null,
      });
    }
  }
}

/** Pods, once or as a watch saw them change: each is wanted from its creation until its deletion. */
export function addPods(objects: readonly JsonObject[], builder: HistoryBuilder): void {
  const steps = new Map<string, { timeMs: number; desired: number; ready: number; terminating: number }[]>();
  const latest = new Map<
    string,
    { owner: string; created: number; readyAt: number | null; deleted: number | null; gone: number | null }
  >();
  for (const pod of objects) {
    const created = historyTimeMs(textMember(pod, 'metadata', 'creationTimestamp'));
    const id = textMember(pod, 'metadata', 'uid') ?? textMember(pod, 'metadata', 'name');
    if (created === null || id === null) {
      builder.refused++;
      continue;
    }
    const conditions = member(pod, 'status', 'conditions');
    const ready = (Array.isArray(conditions) ? conditions : []).find((one) => textMember(one, 'type') === 'Ready');
    const changed = historyTimeMs(textMember(ready, 'lastTransitionTime'));
    const known = latest.get(id);
    const readyAt = textMember(ready, 'status') === 'True' ? (known?.readyAt ?? changed) : (known?.readyAt ?? null);
    const deletion = historyTimeMs(textMember(pod, 'metadata', 'deletionTimestamp'));
    // The time stamped is when grace ends; the decision was made that much earlier.
    const grace = replicaCount(member(pod, 'metadata', 'deletionGracePeriodSeconds')) ?? 0;
    const deleted = deletion === null ? (known?.deleted ?? null) : deletion - grace * 1000;
    latest.set(id, { owner: ownerOf(pod), created, readyAt, deleted, gone: deletion ?? known?.gone ?? null });
  }
  for (const { owner, created, readyAt, deleted, gone } of latest.values()) {
    const list = steps.get(owner) ?? [];
    steps.set(owner, list);
    list.push({ timeMs: created, desired: 1, ready: 0, terminating: 0 });
    if (readyAt !== null) list.push({ timeMs: Math.max(readyAt, created), desired: 0, ready: 1, terminating: 0 });
    if (deleted === null) continue;
    list.push({ timeMs: deleted, desired: -1, ready: readyAt === null ? 0 : -1, terminating: 1 });
    list.push({ timeMs: Math.max(gone ?? deleted, deleted), desired: 0, ready: 0, terminating: -1 });
  }
  for (const [owner, list] of steps) {
    const sum = { desired: 0, ready: 0, terminating: 0 };
    for (const step of list.sort((a, b) => a.timeMs - b.timeMs)) {
      sum.desired += step.desired;
      sum.ready += step.ready;
      sum.terminating += step.terminating;
      builder.add(owner, { timeMs: step.timeMs, ...sum });
    }
  }
  builder.notes.push(
    'Replicas are told by the pods that the file still holds: pods deleted before it was saved are missing.',
  );
}

/** `sfu` of the pod `sfu-6c8dfd8778-k8kcv`: what its ReplicaSet belongs to. */
function ownerOf(pod: JsonObject): string {
  const owners = member(pod, 'metadata', 'ownerReferences');
  const owner = Array.isArray(owners) ? textMember(owners[0], 'name') : null;
  const hash = textMember(pod, 'metadata', 'labels', 'pod-template-hash');
  if (owner === null) return textMember(pod, 'metadata', 'labels', 'app') ?? '';
  return hash !== null && owner.endsWith(`-${hash}`) ? owner.slice(0, -hash.length - 1) : owner;
}
