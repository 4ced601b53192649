import { afterEach, expect, it } from 'vitest';
import { RtpHeader, RtpPacket } from 'werift';
import { type LoadOptions, runLoad } from '../../../cluster/index.ts';
import { openSpeechClip, openVideoClip } from '../../../cluster/load/media/clips.ts';
import { openWeriftPeer, type WeriftPeer } from './werift-peer.ts';

const NO_FAULTS = { loss: 0, duplicate: 0, reorder: 0, delayMs: 0, jitterMs: 0 };
const OPTIONS: Omit<LoadOptions, 'url'> = {
  rooms: 1,
  participants: 1,
  seconds: 60,
  rampSeconds: 0,
  seed: 7,
  churn: 0,
  videoKbps: 200,
  impairment: NO_FAULTS,
  bind: null,
  roomPrefix: 'test',
  tokenSecret: null,
  joinWithinSeconds: 30,
};

let peer: WeriftPeer | null = null;
afterEach(async () => {
  await peer?.close();
  peer = null;
});

const ofPayloadType = (packets: ReadonlyMap<number, readonly RtpPacket[]>, type: number) =>
  [...packets.values()].find(([first]) => first.header.payloadType === type) ?? [];

it('publishes Opus and VP8 that unmodified werift receives whole, and leaves properly', async () => {
  peer = await openWeriftPeer(false);
  const stop = new AbortController();
  const { received } = peer;
  const enough = setInterval(() => {
    if (ofPayloadType(received, 111).length > 60 && ofPayloadType(received, 96).length > 60) stop.abort();
  }, 50);
  const result = await runLoad({ ...OPTIONS, url: peer.url }, {}, stop.signal).finally(() => clearInterval(enough));

  expect(result).toMatchObject({ participants: 1, joined: 1, failed: 0 });
  const audio = ofPayloadType(received, 111);
  const clip = openSpeechClip();
  const spoken = new Set(clip.packets.map((packet) => Buffer.from(packet).toString('hex')));
  expect(audio.every(({ payload }) => payload.length === 3 || spoken.has(payload.toString('hex')))).toBe(true);
  audio.slice(1).forEach(({ header }, at) => {
    expect((header.timestamp - audio[at].header.timestamp) >>> 0).toBe(960);
  });

  // Frames put together again are those of the clip, padding left out.
  const video = ofPayloadType(received, 96);
  const frames = openVideoClip(200).frames.map((frame) => Buffer.from(frame));
  let frame = Buffer.alloc(0);
  let whole = 0;
  for (const { header, payload } of video) {
    if ((payload[0] & 0x10) !== 0) frame = Buffer.alloc(0);
    frame = Buffer.concat([frame, payload.subarray(4)]);
    if (!header.marker) continue;
    expect(frames.some((clip) => frame.subarray(0, clip.length).equals(clip))).toBe(true);
    whole++;
  }
  expect(whole).toBeGreaterThan(10);

  const sent = result.clients[0].streams.filter(({ direction }) => direction === 'sent');
  expect(sent.find(({ kind }) => kind === 'audio')!.packets).toBeGreaterThanOrEqual(audio.length);
  expect(peer.messages.at(-1)).toEqual({ type: 'leave' });
}, 90_000);

it('subscribes to what another publishes, and asks again for what is missing', async () => {
  peer = await openWeriftPeer(true);
  const stop = new AbortController();
  const { tracks } = peer;
  const clip = openVideoClip(60);
  let sequence = 65_500;
  let count = 0;
  const play = setInterval(() => {
    const header = new RtpHeader({ payloadType: 96, sequenceNumber: sequence, timestamp: count * 6000, marker: true });
    const frame = clip.frames[count % clip.frames.length];
    sequence = (sequence + 1) & 0xffff;
    count++;
    tracks.video.writeRtp(
      new RtpPacket(header, Buffer.concat([Buffer.of(0x10), Buffer.from(frame.subarray(0, 1100))])),
    );
  }, 20);
  const end = setInterval(() => {
    if (count > 200) stop.abort();
  }, 50);
  const options = { ...OPTIONS, url: peer.url, impairment: { ...NO_FAULTS, loss: 0.1 } };
  const result = await runLoad(options, {}, stop.signal).finally(() => {
    clearInterval(play);
    clearInterval(end);
  });
  const [client] = result.clients;
  expect(client.failure).toBe(null);
  const video = client.streams.find(({ direction, kind }) => direction === 'received' && kind === 'video')!;
  expect(video).toMatchObject({ trackId: 'v' });
  expect(video.packets).toBeGreaterThan(100);
  expect(client.injected.dropped[video.ssrc]).toBeGreaterThan(0);
  expect(video.nacks).toBeGreaterThan(0);
  expect(video.keyFrames).toBeGreaterThan(0);
}, 90_000);
