import { jsonDocuments, member, textMember } from './json-documents.ts';
import { addAutoscalers, addEvents, addPods, kubernetesObjects } from './read-kubernetes.ts';
import { addPrometheus, isPrometheus } from './read-prometheus.ts';
import { readReplicaTable } from './read-replica-table.ts';
import { readScalingLines } from './read-scaling-lines.ts';
import { HistoryBuilder, type HistoryError, type ReplicaHistory } from './replica-history.ts';

/**
 * Reads the replicas over time from any of: a run's `scaling.jsonl`; a CSV of time and replicas; `kubectl get events|hpa|pods -o json`,
 * once or with `-w`; the JSON of a Prometheus range query. What it is, its content tells.
 *
 * @param target the workload wanted, null for the one that changes most.
 */
export function readReplicaHistory(text: string, target: string | null = null): ReplicaHistory | HistoryError {
  if (text.trim() === '') return { error: 'is empty' };
  if (/^\s*\{[^\n]*"event"\s*:\s*"/.test(text)) return readScalingLines(text, target);
  const json = jsonDocuments(text);
  if (json === null) return /^\s*[[{]/.test(text) ? { error: 'is damaged JSON' } : readReplicaTable(text, target);
  const builder = new HistoryBuilder();
  builder.refused += json.cut;
  const prometheus = json.documents.filter(isPrometheus);
  for (const document of prometheus) addPrometheus(document, builder);
  if (prometheus.length > 0) return builder.build('Prometheus', target);
  const objects = kubernetesObjects(json.documents);
  const ofKind = (pattern: RegExp) => objects.filter((object) => pattern.test(textMember(object, 'kind') ?? ''));
  const events = ofKind(/^Event$/);
  const autoscalers = ofKind(/^HorizontalPodAutoscaler$/);
  const pods = ofKind(/^Pod$/);
  addEvents(events, builder);
  addAutoscalers(autoscalers, builder);
  if (pods.length > 0) addPods(pods, builder);
  if (events.length + autoscalers.length + pods.length === 0) {
    const kinds = [...new Set(objects.map((object) => textMember(object, 'kind') ?? 'no kind'))].slice(0, 5);
    return member(json.documents[0], 'event') === undefined
      ? { error: `holds neither events, autoscalers nor pods, but ${kinds.join(', ') || 'nothing'}` }
      : readScalingLines(text, target);
  }
  const kinds = [events.length > 0 ? 'events' : '', autoscalers.length > 0 ? 'hpa' : '', pods.length > 0 ? 'pods' : ''];
  return builder.build(`kubectl ${kinds.filter((kind) => kind !== '').join(', ')}`, target);
}
