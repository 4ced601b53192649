import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HEIGHT, pictureAt, WIDTH } from './test-picture.ts';
import { levelOf, SAMPLE_RATE, speechSamples } from './test-speech.ts';

/*
 * Makes what `rtcscope load` publishes: `npm run samples -- make-load-clips`. Picture and voice are computed here; ffmpeg
 * with libvpx and libopus only encodes them. Each clip is a loop: it begins with a key frame, and its end leads to its beginning.
 */
const SECONDS = 4;
const FRAMES_PER_SECOND = 15;
const KEY_FRAME_EVERY_SECONDS = 2;
const VIDEO_KBPS = [60, 120];
const AUDIO_KBPS = 24;
const SAMPLES_PER_PACKET = SAMPLE_RATE / 50;

const quiet = ['-hide_banner', '-loglevel', 'error', '-y', '-bitexact', '-fflags', '+bitexact'];

function encodeVideo(raw: string, target: string, kbps: number): void {
  const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', `${FRAMES_PER_SECOND}`];
  const keyFrames = `${KEY_FRAME_EVERY_SECONDS * FRAMES_PER_SECOND}`;
  // No frames that are not shown and none that look ahead: one frame in, one out, as from a camera.
  const codec = ['-c:v', 'libvpx', '-deadline', 'good', '-cpu-used', '0', '-auto-alt-ref', '0', '-lag-in-frames', '0'];
  const rate = [
    '-b:v',
    `${kbps}k`,
    '-maxrate',
    `${kbps}k`,
    '-minrate',
    `${kbps}k`,
    '-bufsize',
    `${kbps}k`,
    '-g',
    keyFrames,
  ];
  execFileSync('ffmpeg', [
    ...quiet,
    ...input,
    '-i',
    raw,
    ...codec,
    ...rate,
    '-keyint_min',
    keyFrames,
    '-f',
    'ivf',
    target,
  ]);
}

function encodeAudio(raw: string, target: string): void {
  const input = ['-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-ac', '1', '-i', raw];
  const codec = ['-c:a', 'libopus', '-b:a', `${AUDIO_KBPS}k`, '-frame_duration', '20', '-application', 'voip'];
  execFileSync('ffmpeg', [...quiet, ...input, ...codec, '-f', 'opus', target]);
}

export function main(args: readonly string[]): void {
  const target = resolve(args[0] ?? 'cluster/load/media/clips');
  const folder = mkdtempSync(join(tmpdir(), 'rtcscope-clips-'));
  try {
    const picture = join(folder, 'picture.yuv');
    const frames = SECONDS * FRAMES_PER_SECOND;
    writeFileSync(picture, Buffer.concat(Array.from({ length: frames }, (_, at) => pictureAt(at, frames))));
    for (const kbps of VIDEO_KBPS) encodeVideo(picture, join(target, `picture-${kbps}kbps.ivf`), kbps);

    const samples = speechSamples(SECONDS);
    const voice = join(folder, 'voice.raw');
    writeFileSync(voice, new Uint8Array(samples.buffer));
    encodeAudio(voice, join(target, 'speech.opus'));
    const packets = samples.length / SAMPLES_PER_PACKET;
    const levels = Array.from({ length: packets }, (_, at) =>
      levelOf(samples.subarray(at * SAMPLES_PER_PACKET, (at + 1) * SAMPLES_PER_PACKET)),
    );
    writeFileSync(join(target, 'speech.levels'), Uint8Array.from(levels));
    for (const name of ['picture-60kbps.ivf', 'picture-120kbps.ivf', 'speech.opus', 'speech.levels']) {
      process.stdout.write(`${name}: ${readFileSync(join(target, name)).length} bytes\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
