export type * from './analysis.ts';
export { Analyzer, type AnalyzerOptions } from './analyzer.ts';
export { cliffsDelta, differenceInterval, expandedTail, meanOf, type Observation } from './comparison/bootstrap.ts';
export {
  type ComparedSide,
  type Comparison,
  type ComparisonVerdict,
  compareSides,
  effectWord,
  type MetricComparison,
  USUAL_BOOTSTRAP,
} from './comparison/compare.ts';
export { normalCdf, normalQuantile, studentQuantile } from './comparison/distributions.ts';
export { COMPARED_METRICS, type ComparedMetric, metricName } from './comparison/metrics.ts';
export { type Selection, selectGroups, selectSpans, sideOf } from './comparison/observations.ts';
export type { RunRecords } from './comparison/recorded-observations.ts';
export { DtlsObserver } from './dtls/dtls-observer.ts';
export { DtlsContent, DtlsRecordWalk, isDtls, isDtlsCiphertext } from './dtls/dtls-record.ts';
export { HandshakeFragments } from './dtls/handshake-fragments.ts';
export { type ClientHello, decodeClientHello, decodeServerHello, type ServerHello } from './dtls/hello.ts';
export { CompiledFilter } from './filter/compiled-filter.ts';
export type { FilterError } from './filter/filter-error.ts';
export { parseFilter } from './filter/parse-filter.ts';
export { type FilterProtocol, Verdict as FilterVerdict } from './filter/subject.ts';
export { nearestNames } from './filter/suggestions.ts';
export {
  findCrossings,
  parseThreshold,
  THRESHOLD_PATHS,
  type Threshold,
  type ThresholdCrossing,
} from './filter/thresholds.ts';
export { parseTime } from './filter/time-text.ts';
export { IceObserver } from './ice/ice-observer.ts';
export { buildSessions } from './ice/sessions.ts';
export { decodeStunAddress, decodeXorStunAddress, type StunAddress, stunEndpoint } from './ice/stun-address.ts';
export { StunAttribute } from './ice/stun-attribute-type.ts';
export { StunAttributeWalk } from './ice/stun-attribute-walk.ts';
export { checkStunFingerprint } from './ice/stun-fingerprint.ts';
export { decodeStunMessage, isStun, type NotStun, type StunMessage, stunAttribute } from './ice/stun-message.ts';
export { StunMethod } from './ice/stun-type.ts';
export { decodeStunError, decodeStunText } from './ice/stun-values.ts';
export { LIVE_SORTS, type LiveSort, sortLive } from './live/live-order.ts';
export type { LiveStream } from './live/live-stream.ts';
export { type LiveRow, LiveTable } from './live/live-table.ts';
export { mergeAnalyses } from './merge/merge-analyses.ts';
export { type PartialAnalysis, partialFault } from './merge/partial-analysis.ts';
export { type CodecImpairment, codecImpairment } from './mos/codec-impairment.ts';
export { delayImpairment, lossImpairment, mosOfRating, ratingFactor, waitingImpairment } from './mos/e-model.ts';
export { assumedDelayMs, burstRatioOf, type MosEstimate, type MosInput, mosOf } from './mos/mos.ts';
export { type ApplicationDefined, decodeApplicationDefined } from './rtcp/application-defined.ts';
export { CompoundWalk } from './rtcp/compound-walk.ts';
export {
  type CongestionFeedback,
  type CongestionStream,
  decodeCongestionFeedback,
} from './rtcp/congestion-feedback.ts';
export { decodeExtendedReport, type ExtendedReport, type XrBlock, XrBlockType } from './rtcp/extended-report.ts';
export { flowAffinity } from './rtcp/flow-affinity.ts';
export { decodeFullIntraRequest, type FullIntraRequest } from './rtcp/full-intra-request.ts';
export { decodeGenericNack, type GenericNack } from './rtcp/generic-nack.ts';
export { decodeGoodbye, type Goodbye } from './rtcp/goodbye.ts';
export { KeyTable } from './rtcp/key-table.ts';
export { type LossComparison, type LossSide, lossSide } from './rtcp/loss-side.ts';
export { decodeMaximumBitrate, type MaximumBitrate, type MaximumBitrateEntry } from './rtcp/maximum-bitrate.ts';
export {
  decodeFeedbackSubject,
  decodeReferencePicture,
  decodeSliceLoss,
  type FeedbackSubject,
  type ReferencePicture,
  type SliceLoss,
} from './rtcp/picture-feedback.ts';
export { type Protection, protectionOf } from './rtcp/protection.ts';
export { decodeReceiverBitrate, type ReceiverBitrate } from './rtcp/receiver-bitrate.ts';
export { decodeReceiverReport, type ReceiverReport } from './rtcp/receiver-report.ts';
export type { Reception, ReportedInterval, ReportedState } from './rtcp/reception.ts';
export type { ReportBlock } from './rtcp/report-block.ts';
export { isRtcpType, PayloadFormat, RtcpType, rtcpKind, rtcpKindName, TransportFormat } from './rtcp/rtcp-kind.ts';
export { type RequestCounts, RtcpObserver } from './rtcp/rtcp-observer.ts';
export { isDefect, type RtcpDefect, type RtcpPacket } from './rtcp/rtcp-packet.ts';
export { decodeSenderReport, middleOfNtp, type SenderReport } from './rtcp/sender-report.ts';
export { decodeSourceDescription, type SdesChunk, type SdesItem, SdesItemType } from './rtcp/source-description.ts';
export {
  decodeTransportWideFeedback,
  type TransportWideFeedback,
  visitTransportWideFeedback,
} from './rtcp/transport-wide-feedback.ts';
export { decodeXrReceiptTimes, type XrReceiptTimes } from './rtcp/xr-receipt-times.ts';
export {
  decodeXrDelaySinceLast,
  decodeXrReferenceTime,
  type XrDelaySinceLast,
  type XrReferenceTime,
} from './rtcp/xr-reference-time.ts';
export { decodeXrRunLength, type XrRunLength } from './rtcp/xr-run-length.ts';
export { decodeXrStatisticsSummary, type XrStatisticsSummary } from './rtcp/xr-statistics-summary.ts';
export { decodeXrVoipMetrics, type XrVoipMetrics } from './rtcp/xr-voip-metrics.ts';
export { ClockRateSampler } from './rtp/clock-rate-inference.ts';
export type { ClockRateInference, ClockRateUnknownReason } from './rtp/clock-rate-judgement.ts';
export {
  countHeaderExtensions,
  HeaderExtensionWalk,
  headerExtensionName,
  isElementProfile,
} from './rtp/header-extensions.ts';
export { type StaticPayloadType, staticPayloadType } from './rtp/static-payload-types.ts';
export { hollowPhases } from './run/hollow-phases.ts';
export type { InjectedStream } from './run/injected-faults.ts';
export { linesOfOneSource } from './run/metric-lines.ts';
export { type HttpSample, readJtl } from './run/read-jtl.ts';
export { readLines, type TimedLine } from './run/read-lines.ts';
export { type RunCapture, type RunDescription, type RunPhase, readRunDescription } from './run/run-description.ts';
export {
  buildRunReport,
  type ReportedPhase,
  type ResourceSeries,
  type RunInputs,
  type RunReport,
  type Use,
} from './run/run-report.ts';
export { parseSdp, type SdpRefusal } from './sdp/parse-sdp.ts';
export type { SdpDescription, SdpMedia, SdpMediaKind, SdpPayload } from './sdp/sdp-description.ts';
export { type PayloadDescription, SdpKnowledge, type SdpMatch } from './sdp/sdp-knowledge.ts';
export { Signalling } from './sdp/signalling.ts';
export { isSip } from './sdp/sip-message.ts';
export { buildStates, SETTLE_SECONDS, type StateOptions } from './states/build-states.ts';
export { readReplicaHistory } from './states/read-replica-history.ts';
export type { AutoscalerActivity, HistoryError, ReplicaHistory, ReplicaSample } from './states/replica-history.ts';
export type { Phase, StateKind, StateStretch } from './states/scaling-state.ts';
export type {
  ForwardingFigures,
  StateAnalysis,
  StateFigures,
  StateGroup,
  StateStream,
} from './states/state-analysis.ts';
export { MOST_STATES, type StatePlan } from './states/state-plan.ts';
export { type Spread, spreadOf, weightedMean } from './statistics/weighted-quantile.ts';
export type { TimeText } from './time-text.ts';
export { TurnObserver } from './turn/turn-observer.ts';
