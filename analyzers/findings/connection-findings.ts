import type { Analysis, DtlsHandshakeAnalysis, Finding } from '../analysis.ts';
import { clockOf, finding, plural, round } from './finding.ts';

/** RFC 7675, 5.1: consent expires after 30 s without an answer. */
const CONSENT_EXPIRES_MS = 30_000;
const CONSENT_WARNING_MS = 15_000;
const SLOW_SETUP_MS = 3000;
const SLOW_HANDSHAKE_MS = 2000;
/** TURN: the first challenge and a stale nonce are how it works (RFC 8656, 7.2). */
const USUAL_TURN_ERRORS = new Set([401, 438]);
/** SIP: asking for credentials, and a call given up before it was answered. */
const USUAL_SIP_STATUS = new Set([401, 407, 487]);

/** What the protocols around the media say: how connections came about, and where they failed. */
export function connectionFindings(
  analysis: Pick<Analysis, 'ice' | 'turn' | 'dtls' | 'sip' | 'sessions' | 'rtcp'>,
): Finding[] {
  return [
    ...ice(analysis),
    ...handshakes(analysis),
    ...sessions(analysis),
    ...turn(analysis),
    ...calls(analysis),
    ...repairs(analysis),
  ];
}

function ice({ ice: { pairs } }: Pick<Analysis, 'ice'>): Finding[] {
  const findings: Finding[] = [];
  if (pairs.length > 0 && pairs.every(({ firstSuccessTime }) => firstSuccessTime === null)) {
    const checks = pairs.reduce((sum, pair) => sum + pair.checks, 0);
    const text = `ICE: none of ${plural(checks, 'connectivity check')} on ${plural(pairs.length, 'candidate pair')} was answered`;
    findings.push(finding('error', 'ice-no-answer', text));
  }
  for (const pair of pairs) {
    const gapMs = pair.longestConsentGapMs;
    if (gapMs === null || gapMs < CONSENT_WARNING_MS) continue;
    const expired = gapMs >= CONSENT_EXPIRES_MS;
    const text = `ICE: ${pair.a} and ${pair.b} went ${round(gapMs / 1000)} s without an answered consent check${expired ? ', so consent to send expired' : ''}`;
    findings.push(finding(expired ? 'error' : 'warning', 'ice-consent-gap', text));
  }
  return findings;
}

function handshakes({ dtls }: Pick<Analysis, 'dtls'>): Finding[] {
  return dtls.handshakes.flatMap((handshake) => handshakeFindings(handshake));
}

function handshakeFindings(handshake: DtlsHandshakeAnalysis): Finding[] {
  const name = `DTLS from ${handshake.client} to ${handshake.server}`;
  const findings: Finding[] = [];
  const fatal = handshake.alerts.find(({ level }) => level === 'fatal');
  if (fatal !== undefined) {
    const text = `${name}: the ${fatal.from} broke off with ${fatal.description} at ${clockOf(fatal.time)}`;
    findings.push(finding('error', 'dtls-alert', text));
  } else if (!handshake.completed && handshake.retransmissions > 0) {
    const text = `${name} did not complete: ${plural(handshake.retransmissions, 'flight')} repeated`;
    findings.push(finding('warning', 'dtls-incomplete', text));
  }
  if (handshake.durationMs !== null && handshake.durationMs >= SLOW_HANDSHAKE_MS) {
    const repeated =
      handshake.retransmissions > 0 ? `, with ${plural(handshake.retransmissions, 'retransmission')}` : '';
    findings.push(finding('warning', 'dtls-slow', `${name} took ${round(handshake.durationMs / 1000)} s${repeated}`));
  }
  return findings;
}

function sessions({ sessions: all }: Pick<Analysis, 'sessions'>): Finding[] {
  const findings: Finding[] = [];
  for (const session of all) {
    const streams = session.streams.map((id) => ({ id }));
    if (session.setupMs !== null && session.setupMs >= SLOW_SETUP_MS) {
      const text = `${session.a} and ${session.b} took ${round(session.setupMs / 1000)} s from the first STUN message to the first media`;
      findings.push(finding('warning', 'slow-setup', text, streams));
    }
    if (session.switchedFrom !== null) {
      const when = session.firstMediaTime === null ? '' : ` at ${clockOf(session.firstMediaTime)}`;
      const text = `the session ${session.switchedFrom} moved to ${session.a} and ${session.b}${when}: a path switch`;
      findings.push(finding('info', 'path-switch', text, streams));
    }
  }
  return findings;
}

function turn({ turn: { allocations } }: Pick<Analysis, 'turn'>): Finding[] {
  return allocations.flatMap(({ client, server, errors }) =>
    errors
      .filter(({ code }) => !USUAL_TURN_ERRORS.has(code))
      .map(({ code, reason, count }) => {
        const times = count === 1 ? '' : ` ${plural(count, 'time')}`;
        return finding('warning', 'turn-error', `TURN: ${server} refused ${client}${times}: ${code} ${reason}`);
      }),
  );
}

function calls({ sip }: Pick<Analysis, 'sip'>): Finding[] {
  return sip.calls
    .filter(({ finalStatus }) => finalStatus !== null && finalStatus >= 400 && !USUAL_SIP_STATUS.has(finalStatus))
    .map(({ from, to, finalStatus }) =>
      finding('warning', 'sip-failed', `SIP: the call from ${from ?? '?'} to ${to ?? '?'} failed with ${finalStatus}`),
    );
}

/** Retransmissions that receivers asked for, and new pictures. */
function repairs({ rtcp }: Pick<Analysis, 'rtcp'>): Finding[] {
  return rtcp.receptions
    .filter(({ nackedPackets, plis, firs }) => nackedPackets + plis + firs > 0)
    .map(({ source, mediaSsrc, nackedPackets, plis, firs }) => {
      const asked = [
        nackedPackets > 0 ? `${plural(nackedPackets, 'packet')} again (NACK)` : null,
        plis + firs > 0 ? `${plural(plis + firs, 'new picture')} (PLI, FIR)` : null,
      ].filter((part) => part !== null);
      const ssrc = `0x${mediaSsrc.toString(16).padStart(8, '0')}`;
      return finding('info', 'repair-requests', `${source} asked for ${asked.join(' and ')} of SSRC ${ssrc}`);
    });
}
