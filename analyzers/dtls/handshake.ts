import { elapsedNs, type FlowTable, type Timestamp } from '../../captures/index.ts';
import type { DtlsHandshakeAnalysis } from '../analysis.ts';
import { durationMs } from '../duration.ts';
import type { TimeText } from '../time-text.ts';
import { transportName } from '../transport-name.ts';
import { alertDescription, alertLevel } from './alert.ts';
import { cipherSuiteName } from './cipher-suite.ts';
import { type ClientHello, dtlsVersionName, type ServerHello } from './hello.ts';
import { srtpProfileName } from './srtp-profile.ts';

/** message_seq beyond this is not followed: a handshake has some ten messages a side. */
const MOST_MESSAGES = 32;
const MOST_ALERTS = 16;
const NOT_SEEN = -1;
/**
 * A message again in the same record is a copy, made by the network or seen by the capture at two points, and follows at
 * once; old stacks number a resent hello anew from 0, after their timer (1 s by RFC 6347, 50 ms at least in use).
 */
const LATEST_COPY_NS = 20e6;

/** The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that name (RFC 8446, 4.1.3). */
const HELLO_RETRY_REQUEST = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

interface Alert {
  readonly level: number;
  readonly description: number;
  readonly time: Timestamp;
  readonly fromClient: boolean;
}

/** What one side showed of itself. */
class Side {
  /** Record sequence number that last carried each message_seq: the same message in another record was sent again. */
  readonly records = new Float64Array(MOST_MESSAGES).fill(NOT_SEEN);
  /** When, since the start of the handshake. */
  readonly timesNs = new Float64Array(MOST_MESSAGES);
  /** Record of the first encrypted handshake message: Finished in 1.0 and 1.2. */
  finishedRecord = NOT_SEEN;
  finishedTime: Timestamp | null = null;
  /** The last of the encrypted flight in 1.3. */
  flightTime: Timestamp | null = null;
}

/** One handshake as it goes by. */
export class Handshake {
  /** The flow of which it was first heard. */
  readonly flow: number;
  /** Whether that goes from client to server. */
  readonly flowIsClient: boolean;
  readonly startTime: Timestamp;
  retransmissions = 0;
  #hello: ClientHello | null = null;
  #answer: ServerHello | null = null;
  #endTime: Timestamp | null = null;
  readonly #client = new Side();
  readonly #server = new Side();
  readonly #alerts: Alert[] = [];

  constructor(flow: number, flowIsClient: boolean, startTime: Timestamp) {
    this.flow = flow;
    this.flowIsClient = flowIsClient;
    this.startTime = startTime;
  }

  isFromClient(flow: number): boolean {
    return (flow === this.flow) === this.flowIsClient;
  }

  /** Of the client, where its hello was seen. */
  get random(): string | null {
    return this.#hello?.random ?? null;
  }

  get completed(): boolean {
    return this.#endTime !== null;
  }

  /** A message in clear, by the record that carries its first byte. */
  message(fromClient: boolean, messageSequence: number, record: number, time: Timestamp): void {
    if (messageSequence >= MOST_MESSAGES) return;
    const { records, timesNs } = fromClient ? this.#client : this.#server;
    const sinceStartNs = elapsedNs(this.startTime, time);
    if (records[messageSequence] !== NOT_SEEN) {
      const isCopy = record <= records[messageSequence] && sinceStartNs - timesNs[messageSequence] < LATEST_COPY_NS;
      if (isCopy) return;
      this.retransmissions++;
    }
    records[messageSequence] = record;
    timesNs[messageSequence] = sinceStartNs;
  }

  clientHello(hello: ClientHello): void {
    this.#hello = hello;
  }

  serverHello(hello: ServerHello): void {
    if (this.#answer !== null && hello.random === HELLO_RETRY_REQUEST) return;
    this.#answer = hello;
  }

  /** A handshake record that is encrypted as DTLS 1.0 and 1.2 do. */
  finished(fromClient: boolean, record: number, time: Timestamp): void {
    const side = fromClient ? this.#client : this.#server;
    if (side.finishedRecord === NOT_SEEN) {
      side.finishedRecord = record;
      side.finishedTime = time;
      if (this.#client.finishedTime !== null && this.#server.finishedTime !== null) this.#end(time);
    } else if (record > side.finishedRecord && record < MOST_MESSAGES) {
      side.finishedRecord = record;
      this.retransmissions++;
    }
  }

  /** A record of DTLS 1.3 in epoch 2 (handshake) or 3 (application data, acknowledgements). */
  ciphertext(fromClient: boolean, epoch: number, time: Timestamp): void {
    const side = fromClient ? this.#client : this.#server;
    if (epoch === 2) side.flightTime = time;
    // The server acknowledges the client's Finished in epoch 3 (RFC 9147, 5.8.2), and may use epoch 3 before it.
    else if (epoch === 3 && this.#client.flightTime !== null && this.#answer !== null) this.#end(time);
  }

  /** Application data: whoever sends them has the keys, unless they are of an association before this one. */
  applicationData(time: Timestamp): void {
    if (this.#answer !== null) this.#end(time);
  }

  /** The first media on the flow: its sender has the keys, though the capture may have seen one side only. */
  media(time: Timestamp): void {
    if (elapsedNs(this.startTime, time) >= 0) this.#end(time);
  }

  alert(fromClient: boolean, level: number, description: number, time: Timestamp): void {
    if (this.#alerts.length < MOST_ALERTS) this.#alerts.push({ level, description, time, fromClient });
  }

  report(flows: FlowTable, timeText: TimeText): DtlsHandshakeAnalysis {
    const answer = this.#answer;
    const retryOnly = answer?.random === HELLO_RETRY_REQUEST;
    const endTime = this.#endTime;
    return {
      client: this.flowIsClient ? flows.source(this.flow) : flows.destination(this.flow),
      server: this.flowIsClient ? flows.destination(this.flow) : flows.source(this.flow),
      transport: transportName(flows.transport(this.flow)),
      relayedPeer: flows.relayedPeer(this.flow),
      version: answer === null ? null : dtlsVersionName(answer.selectedVersion ?? answer.version),
      cipherSuite: answer === null || retryOnly ? null : cipherSuiteName(answer.cipherSuite),
      srtpProfile: answer === null || answer.srtpProfile === null ? null : srtpProfileName(answer.srtpProfile),
      srtpProfilesOffered: (this.#hello?.srtpProfiles ?? []).map(srtpProfileName),
      startTime: timeText(this.startTime),
      // Where the capture began after the ClientHello, or shows the server only, the start is not known.
      durationMs: endTime === null || !this.flowIsClient ? null : durationMs(this.startTime, endTime),
      completed: this.completed,
      retransmissions: this.retransmissions,
      alerts: this.#alerts.map(({ level, description, time, fromClient }) => ({
        level: alertLevel(level),
        description: alertDescription(description),
        time: timeText(time),
        from: fromClient ? ('client' as const) : ('server' as const),
      })),
    };
  }

  #end(time: Timestamp): void {
    this.#endTime ??= time;
  }
}
