import { describe, expect, it } from 'vitest';
import { ClockRateSampler } from '../../../analyzers/rtp/clock-rate-inference.ts';
import { missingCaptures, sharedCapture } from '../../shared-captures.ts';
import { eachDatagram } from '../capture-datagrams.ts';

/** What the packets of each SSRC say, as if neither SDP nor payload type were known. */
async function inferAll(path: string): Promise<Map<string, string>> {
  const sampler = new ClockRateSampler();
  const streams = new Map<string, { number: number; highest: number; ssrc: number }>();
  await eachDatagram(path, ({ bytes, offset, capturedLength, length, flow, arrivalNs }) => {
    if (capturedLength < 12 || bytes[offset] >>> 6 !== 2) return;
    // RFC 5761, 4: these are RTCP.
    const second = bytes[offset + 1];
    if (second >= 192 && second <= 223) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, capturedLength);
    const sequence = view.getUint16(2);
    const ssrc = view.getUint32(8);
    const key = `${flow} ${ssrc}`;
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { number: streams.size, highest: sequence - 1, ssrc };
      streams.set(key, stream);
      sampler.ensure(streams.size);
    }
    // Late and repeated packets are not for the sampler.
    if (((sequence - stream.highest) << 16) >> 16 <= 0) return;
    stream.highest = sequence;
    sampler.sample(stream.number, arrivalNs, view.getUint32(4), second >>> 7, length - 12);
  });
  const found = new Map<string, string>();
  for (const { number, ssrc } of streams.values()) {
    const inferred = sampler.infer(number);
    const name = `0x${ssrc.toString(16).padStart(8, '0')}`;
    const said = inferred === null ? 'unknown' : `${inferred.clockRate} ${inferred.kind}`;
    found.set(name, found.has(name) && found.get(name) !== said ? `${found.get(name)}, ${said}` : said);
  }
  return found;
}

const MEDIASTREAMER = 'BelledonneCommunications__mediastreamer2/tester/scenarios';
const ASTERISK = 'asterisk__testsuite/tests';
const CHROME = 'generated__chrome156/chrome156';
const STR0M = 'algesten__str0m/tests/data';

/** Truth: the payload type's fixed rate, the SDP that belongs to the capture, or the codec in the capture's name. */
const TRUTH: readonly (readonly [path: string, streams: Readonly<Record<string, string>>])[] = [
  [`${CHROME}-direct-vp8.pcap`, { '0x76368c66': '48000 audio', '0xc573908f': '90000 video' }],
  [
    `${CHROME}-loss-vp8.pcap`,
    // The last is the retransmission stream: frames come in pieces, their clock is the video's.
    { '0x195ec059': '48000 audio', '0x7beea42d': '90000 video', '0xe6e5647f': '90000 unknown' },
  ],
  [`${CHROME}-turn-udp-vp9.pcap`, { '0x895654f1': '48000 audio', '0x5f60be3a': '90000 video' }],
  [`${STR0M}/vp8.pcap`, { '0xeedf3944': '90000 video' }],
  [`${STR0M}/av1.pcap`, { '0xd465ac89': '90000 video' }],
  [`${STR0M}/h266.pcap`, { '0x061db301': '90000 video' }],
  [`${STR0M}/contiguous_vp9.pcap`, { '0x0d2f602c': '90000 video' }],
  [`${MEDIASTREAMER}/firstvalid.pcapng`, { '0xaebb2a64': '48000 audio' }],
  [`${MEDIASTREAMER}/opus-poor-quality.pcapng`, { '0x0a422213': '48000 audio' }],
  [`${MEDIASTREAMER}/pcmu_8k_no_jitter.pcap`, { '0x00dd5028': '8000 audio' }],
  [`${MEDIASTREAMER}/rtp-60late-500total.pcapng`, { '0xa9733981': '48000 audio' }],
  [`${MEDIASTREAMER}/rtp-240late-2000total.pcapng`, { '0xa9733981': '48000 audio' }],
  [`${MEDIASTREAMER}/h264_one_nalu_per_frame.pcap`, { '0xc92a7e82': '90000 video' }],
  [`${MEDIASTREAMER}/h264_missing_pps_in_second_i_frame.pcap`, { '0x06bc3c34': '90000 video' }],
  [`${MEDIASTREAMER}/poor_jitter_quality_22_filter.pcapng`, { '0x663a8117': '48000 audio' }],
  // A bottleneck below the codec's rate: timestamps pass 10 % too slowly for a minute.
  [`${MEDIASTREAMER}/congestion/audio-80-75-0c60.pcapng`, { '0xc647c3f8': '8000 audio' }],
  [
    `${MEDIASTREAMER}/congestion/video-160-0-0a5f30.pcapng`,
    { '0x281a0aeb': '90000 video', '0x59ace107': '8000 audio' },
  ],
  [
    `${ASTERISK}/channels/pjsip/dtmf_sdp/dtmf_sdp_recognition/sipp/opus-2013785496.pcap`,
    { '0x1c2c77ca': '48000 audio' },
  ],
  [
    `${ASTERISK}/channels/pjsip/dtmf_sdp/dtmf_sdp_recognition/sipp/ulaw-3125894607.pcap`,
    { '0x69fe0897': '8000 audio' },
  ],
  [`${ASTERISK}/channels/pjsip/rtp_ptime/transcode/sipp/40msalaw.pcap`, { '0xd500ca81': '8000 audio' }],
  [`${ASTERISK}/codecs/opus/fec/16_bit_48khz_60_fec_dropped.pcapng`, { '0x3760bfaa': '48000 audio' }],
  [`${ASTERISK}/rtp/ast-2017-012/sipp/crash-27382.pcap`, { '0x6a1b26d7': '8000 audio' }],
  [
    'ntop__nDPI/tests/cfgs/default/pcap/FAX-Call-t38-CA-TDM-SIP-FB-1.pcap',
    { '0x0eaf0eaf': '8000 audio', '0x17d90134': '8000 audio' },
  ],
  ['ntop__nDPI/tests/cfgs/default/pcap/stun_dtls_rtp.pcapng', { '0x6d1c3cfa': '48000 audio' }],
  ['SIPp__sipp/pcap/g711a.pcap', {}],
];

describe(`clock rates of real streams, their truth withheld${missingCaptures}`, () => {
  for (const [path, streams] of TRUTH) {
    const full = sharedCapture(path);
    it.skipIf(full === null)(path, async () => {
      const found = await inferAll(full as string);
      for (const [ssrc, said] of Object.entries(streams)) expect(`${ssrc} ${found.get(ssrc)}`).toBe(`${ssrc} ${said}`);
      if (Object.keys(streams).length === 0) expect([...found.values()]).toEqual(['8000 audio']);
    });
  }
});
