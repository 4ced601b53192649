export const SIP_PORT = 5060;
export const CALLER_ADDRESS = '192.0.2.10';

/** A SIP user's session description: G.711 A-law and telephone events. */
export function sdp(address: string, port: number, user: string): string {
  return [
    'v=0',
    `o=${user} 20260115 1 IN IP4 ${address}`,
    's=call',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

/** One SIP message of the sample's one call (RFC 3261). */
export function sip(firstLine: string, sequence: string, answered: boolean, body = ''): Buffer {
  const lines = [
    firstLine,
    `Via: SIP/2.0/UDP ${CALLER_ADDRESS}:${SIP_PORT};branch=z9hG4bK-sample-${sequence.replace(' ', '-')}`,
    `From: "Alice" <sip:alice@example.com>;tag=a1`,
    `To: "Bob" <sip:bob@example.com>${answered ? ';tag=b1' : ''}`,
    `Call-ID: sample-call@${CALLER_ADDRESS}`,
    `CSeq: ${sequence}`,
    'Max-Forwards: 70',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  return Buffer.from(lines.join('\r\n'));
}
