import { historyTimeMs } from './history-time.ts';
import { isObject, member, textMember } from './json-documents.ts';
import { type HistoryBuilder, replicaCount } from './replica-history.ts';

const LABELS = ['deployment', 'statefulset', 'replicaset', 'horizontalpodautoscaler', 'hpa', 'workload'];

/** Whether a document is the answer of Prometheus' HTTP API to a range query (a matrix). */
export function isPrometheus(document: unknown): boolean {
  return (
    Array.isArray(member(document, 'data', 'result')) || (isObject(document) && document['resultType'] === 'matrix')
  );
}

/** Adds the series of a range query: which number a series is, its metric's name tells (kube-state-metrics). */
export function addPrometheus(document: unknown, builder: HistoryBuilder): void {
  const result = member(document, 'data', 'result') ?? member(document, 'result');
  for (const series of Array.isArray(result) ? result : []) {
    const metric = textMember(series, 'metric', '__name__') ?? '';
    const label = LABELS.find((name) => textMember(series, 'metric', name) !== null);
    const target = label === undefined ? '' : (textMember(series, 'metric', label) as string);
    const values = member(series, 'values');
    for (const value of Array.isArray(values) ? values : []) {
      const timeMs = Array.isArray(value) ? historyTimeMs(value[0]) : null;
      const count = Array.isArray(value) ? replicaCount(value[1]) : null;
      if (timeMs === null || count === null) builder.refused++;
      else if (/ready|available/.test(metric) && !/unavailable/.test(metric))
        builder.add(target, { timeMs, ready: count });
      else if (/desired|spec/.test(metric)) builder.add(target, { timeMs, desired: count });
      else if (!/unavailable|updated|max_replicas|min_replicas/.test(metric))
        builder.add(target, { timeMs, current: count });
    }
  }
}
