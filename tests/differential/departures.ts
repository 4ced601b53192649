/**
 * Where rtcscope's figures are not tshark's, and why: the only differences that the comparison lets pass. Each code is explained
 * under "Where we depart from tshark" in docs/rfc-notes.md.
 */
export type Figure = 'packets' | 'lost' | 'jitter' | 'stream';

/** What a reason may change; `stream` says that only one of the two lists the stream at all. */
export const REASONS = {
  'events-apart': ['jitter'],
  'timestamps-back': ['jitter'],
  'clock-inferred': ['jitter'],
  'redundancy-guessed': ['jitter'],
  'repeats-counted': ['packets', 'lost'],
  't38-agreed': ['packets'],
  'padding-encrypted': ['packets', 'lost'],
  'no-times': ['jitter'],
  'one-number': ['stream'],
  'rtpdump-file': ['stream'],
} as const satisfies Record<string, readonly Figure[]>;

export type Reason = keyof typeof REASONS;

export interface Departure {
  /** Path below the folder of captures. */
  readonly capture: string;
  /** As `streamName` gives it; `*` for a whole capture. */
  readonly stream: string;
  readonly reason: Reason;
}

const MEDIASTREAMER = 'BelledonneCommunications__mediastreamer2/tester/scenarios';
const NDPI = 'ntop__nDPI/tests/cfgs/default/pcap';
const RFC2833 = 'RestComm__media-core/rtp/src/test/resources/org/restcomm/media/core/rtp/rfc2833';
const DTMF_SDP = 'asterisk__testsuite/tests/channels/pjsip/dtmf_sdp/dtmf_sdp_recognition/sipp';

/** As `capture`, then its streams. */
const TABLE: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  [`${MEDIASTREAMER}/congestion/video-160-0-0a5f30.pcapng`]: {
    '91.121.209.194:20582 > 192.168.0.226:7078 0x59ace107': 'timestamps-back',
  },
  [`${MEDIASTREAMER}/poor_jitter_quality_22.pcapng`]: {
    '91.121.209.194:51616 > 192.168.0.201:7078 0x663a8117': 'clock-inferred',
  },
  [`${RFC2833}/cisco-spa-525G2-zendesk34432.pcap`]: {
    '79.131.109.245:16402 > 10.0.0.8:65048 0xa6edac97': 'events-apart',
  },
  'SIPp__sipp/pcap/dtmf_2833_1.pcap': {
    '192.168.0.3:49176 > 192.168.0.1:10000 0x0e05384e': 'repeats-counted',
  },
  'SIPp__sipp/pcap/dtmf_2833_pound.pcap': {
    '192.168.0.3:49176 > 192.168.0.1:10000 0x0e05384e': 'repeats-counted',
  },
  [`${DTMF_SDP}/ulaw-3125894607.pcap`]: {
    '10.0.0.51:4002 > 10.0.0.45:19450 0x69fe0897': 'events-apart',
  },
  'derived__g711a/ng-spb.pcapng': {
    '10.1.3.143:5000 > 10.1.6.18:2006 0xdee0ee8f': 'no-times',
  },
  'generated__chrome156/chrome156-turn-udp-vp9.pcap': {
    '127.0.0.1:3478 > 127.0.0.1:49719 0xf788eabd': 'redundancy-guessed',
    '127.0.0.1:61501 > 127.0.0.1:60486 0xf788eabd': 'redundancy-guessed',
    '127.0.0.1:52406 > 127.0.0.1:3478 0xf788eabd': 'redundancy-guessed',
  },
  'irtlab__rtptools/bark.rtp': { '*': 'rtpdump-file' },
  [`${NDPI}/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap`]: {
    '10.23.1.52:16756 > 10.35.60.100:15580 0x17d90134': 'events-apart',
    '10.35.60.100:15580 > 10.23.1.52:16756 0x0eaf0eaf': 't38-agreed',
  },
  [`${NDPI}/fuzz-2020-02-16-11740.pcap`]: {
    '10.12.64.30:29200 > 198.226.25.53:1812 0xaaaaaaaa': 'one-number',
    '170.170.170.170:43690 > 170.170.170.170:43690 0xaaaaaaaa': 'one-number',
  },
  [`${NDPI}/genshin-impact.pcap`]: {
    '47.254.169.109:22102 > 192.168.2.100:59145 0x51000001': 'one-number',
    '47.254.169.109:22102 > 192.168.2.100:59145 0x52000001': 'one-number',
    '192.168.2.100:59145 > 47.254.169.109:22102 0x51000001': 'one-number',
  },
  [`${NDPI}/imo.pcap`]: {
    '93.33.47.58:57604 > 192.168.12.169:49207 0x0282aa28': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x0f039a20': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x3a61118c': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x6f1a6d99': 'one-number',
    '93.33.47.58:57604 > 192.168.12.169:49207 0x62e99b93': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x4507dede': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x9af296f5': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0x0cd2d5a5': 'one-number',
    '192.168.12.169:49207 > 93.33.47.58:57604 0xdf25bef6': 'one-number',
    '93.33.47.58:57604 > 192.168.12.169:49207 0xdd581337': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0xc432d0af': 'one-number',
    '93.33.47.58:57604 > 192.168.12.169:49207 0x7c402aa9': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0xd70c8527': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0xa384a400': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0x68536a0a': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0x00010000': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0x4467a3f9': 'one-number',
    '192.168.12.169:49207 > 185.155.137.30:36535 0xf3c66c5a': 'one-number',
  },
  [`${NDPI}/ipv6_in_gtp.pcap`]: {
    '[2607:fc20:4052:39e:490a:ea4d:17fe:e09c]:49120 > [fd00:976a:bc67:193e::7]:25658 0x32b5ab35': 'one-number',
  },
  [`${NDPI}/skinny.pcap`]: {
    '192.168.195.50:17718 > 192.168.195.58:32144 0x7c1071e2': 'repeats-counted',
    '192.168.195.58:32144 > 192.168.195.50:17718 0xf6bf57dc': 'repeats-counted',
  },
  [`${NDPI}/stun_signal.pcapng`]: {
    '18.195.131.143:61498 > 192.168.12.169:47767 0x000007dd': 'padding-encrypted',
  },
};

export const DEPARTURES: readonly Departure[] = Object.entries(TABLE).flatMap(([capture, streams]) =>
  Object.entries(streams).map(([stream, reason]) => ({ capture, stream, reason })),
);
