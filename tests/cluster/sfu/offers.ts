const FINGERPRINT = Array.from({ length: 32 }, (_, index) =>
  (index * 7).toString(16).padStart(2, '0').toUpperCase(),
).join(':');

export const HEAD = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0'];

const transport = (mid: string) => [
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789abcdefghijklmn',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  `a=mid:${mid}`,
];

export const AUDIO = (mid: string, direction: string) => [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  ...transport(mid),
  `a=${direction}`,
  'a=rtcp-mux',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=extmap:9 urn:unheard-of',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtcp-fb:111 transport-cc',
  'a=rtpmap:0 PCMU/8000',
];

export const VIDEO = (mid: string, direction: string, more: readonly string[] = []) => [
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103',
  ...transport(mid),
  `a=${direction}`,
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=extmap:5 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack',
  'a=rtcp-fb:96 nack pli',
  'a=rtcp-fb:96 unheard of',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:102 H264/90000',
  'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:103 rtx/90000',
  'a=fmtp:103 apt=102',
  ...more,
];

export const offerOf = (...sections: readonly (readonly string[])[]): string => {
  const mids = sections.map((section) => section.find((line) => line.startsWith('a=mid:'))?.slice(6)).join(' ');
  return `${[...HEAD, `a=group:BUNDLE ${mids}`, ...sections.flat()].join('\r\n')}\r\n`;
};
