export {
  type AnalysisJobOutcome,
  type RunAnalysisJobOptions,
  runAnalysisJob,
} from './analysis-job/run-analysis-job.ts';
export { frameShard } from './analysis-job/shard-frame.ts';
export {
  type AutoscalerDecision,
  type AutoscalerInputs,
  type AutoscalerSpec,
  type AutoscalerState,
  decide,
  INITIAL_STATE,
} from './autoscaling/autoscaler.ts';
export {
  type AutoscalerBehavior,
  DEFAULT_SCALE_DOWN,
  DEFAULT_SCALE_UP,
  fillBehavior,
  type ScalingPolicy,
  type ScalingRules,
  type WrittenBehavior,
} from './autoscaling/behavior.ts';
export { type MetricProposal, type MetricTarget, proposeReplicas } from './autoscaling/metric-proposal.ts';
export {
  type ControllerSettings,
  DEFAULT_SETTINGS,
  type ObservedPod,
  type PodMetric,
} from './autoscaling/pod-groups.ts';
export { type ClusterSourceOptions, openClusterSource } from './cluster-capture/open-cluster-source.ts';
export { type BroughtUp, bringUp } from './deployment/bring-up.ts';
export { type ConferenceStatus, conferenceStatus } from './deployment/conference-status.ts';
export { findLabRuns, type LabRun, labRunText, removeLabRun } from './deployment/lab-runs.ts';
export type { PageAddress } from './deployment/page-address.ts';
export { planTakeDown, type TakeDownPlan, takeDown } from './deployment/take-down.ts';
export type {
  CaptureEntry,
  ClusterDriver,
  ClusterNode,
  DriverListener,
  MetricSample,
  RunProblem,
  ScalingEvent,
} from './drivers/cluster-driver.ts';
export { KubernetesDriver, type KubernetesDriverOptions } from './drivers/kubernetes/kubernetes-driver.ts';
export { LocalDriver, type LocalDriverOptions } from './drivers/local/local-driver.ts';
export type { Gateway } from './gateway/gateway.ts';
export { logTo } from './gateway/gateway-log.ts';
export { type KubernetesDirectoryOptions, kubernetesDirectory } from './gateway/kubernetes-directory.ts';
export { makeToken, runGateway } from './gateway/run-gateway.ts';
export { type SfuDirectory, staticDirectory } from './gateway/sfu-directory.ts';
export { SHORTEST_SECRET_BYTES } from './gateway/token-secret.ts';
export { findJmeter, JmeterError } from './http-load/find-jmeter.ts';
export { jmeterPlan } from './http-load/jmeter-plan.ts';
export { type Applied, applyObjects, FIELD_MANAGER } from './kubernetes-client/apply-objects.ts';
export { type Answer, ClusterAccess, type ConnectOptions } from './kubernetes-client/cluster-access.ts';
export { connectCluster } from './kubernetes-client/connect.ts';
export { deleteObjects } from './kubernetes-client/delete-objects.ts';
export { ExecSession } from './kubernetes-client/exec-session.ts';
export { KubernetesError, type KubernetesErrorCode } from './kubernetes-client/kubernetes-error.ts';
export { isKubernetesObject, type KubernetesObject } from './kubernetes-client/kubernetes-object.ts';
export { externalAddresses } from './kubernetes-client/node-address.ts';
export { inNamespace } from './kubernetes-client/object-namespace.ts';
export { shippedOverlay, shippedOverlays } from './kubernetes-client/overlay-folder.ts';
export { isAllowed, type Permission, requirePermissions } from './kubernetes-client/permissions.ts';
export { parseObjects, renderOverlay } from './kubernetes-client/render-overlay.ts';
export { type ReadyState, waitForDeployments } from './kubernetes-client/wait-ready.ts';
export { ObjectWatch, type WatchListener } from './kubernetes-client/watch-objects.ts';
export { findKnee, type Knee, type KneeSecond } from './lab/find-knee.ts';
export type { LabOptions, LabProgress } from './lab/lab-options.ts';
export { type LabOutcome, runLab } from './lab/run-lab.ts';
export { parseBindRange } from './load/bind-range.ts';
export { signallingUrl } from './load/client/signalling-channel.ts';
export type { LoadResult } from './load/load-result.ts';
export { type LoadMessage, loadStream } from './load/load-stream.ts';
export { type LoadOptions, type LoadState, runLoad } from './load/run-load.ts';
export { type ClusterRecord, ClusterRecords } from './providers/cluster-record.ts';
export { type CreateSteps, createCluster } from './providers/create-cluster.ts';
export { deleteCluster } from './providers/delete-cluster.ts';
export { openProvider, PROVIDERS, tokenVariable } from './providers/open-provider.ts';
export { Interrupted, type Patience, realWait } from './providers/patient-provider.ts';
export type { Belonging, ClusterPlan, ClusterProvider, ProviderName } from './providers/provider.ts';
export type { ScenarioProblem } from './scenario/check-shape.ts';
export { readScenario, ScenarioError, shippedScenarios } from './scenario/find-scenario.ts';
export { type ParsedScenario, parseScenario } from './scenario/parse-scenario.ts';
export { type PhaseScenario, type Scenario, scenarioSchema } from './scenario/scenario.ts';
export { LOG_LEVELS, Log, type LogLevel } from './sfu/log.ts';
export { type Endpoint, type RunningSfu, type RunSfuOptions, runSfu } from './sfu/run-sfu.ts';
export { newSfuId } from './sfu/sfu.ts';
export { Tap } from './sfu/tap/tap.ts';
export { isRoom } from './signalling/names.ts';
export type { RunningConference, UpReport } from './up/run-conference.ts';
export { startConference } from './up/start-conference.ts';
