import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { CALL_PAGE } from './call-page.ts';
import { EPISODES, type LossyRelay, openLossyRelay } from './lossy-relay.ts';
import { withoutMachineOptions } from './pcapng-options.ts';

/*
 * `npm run samples -- make-call`
 *
 * A WebRTC call between two pages of Chromium over the loopback interface, through a relay that loses and delays by
 * plan, captured by dumpcap at the callee. Beside the capture stands what is true of it: what the relay dropped and
 * what the browser itself counted. Needs chromium, dumpcap and the right to capture. No two runs give the same bytes.
 */
const SEED = 20260116;
const CALL_SECONDS = 24;
const ORIGIN = 'https://peer.example/';

interface Statistic {
  readonly type: string;
  readonly ssrc?: number;
  readonly [name: string]: unknown;
}

/** The peer's own host candidate on the loopback interface, and its description with the relay's port in its place. */
function throughRelay(sdp: string, relayPort: number): { readonly port: number; readonly sdp: string } {
  const lines = sdp.split('\r\n');
  const isCandidate = (line: string) => line.startsWith('a=candidate:');
  const host = lines.find((line) => isCandidate(line) && / udp \d+ 127\.0\.0\.1 \d+ typ host/.test(line));
  if (host === undefined) throw new Error('the browser offers no candidate on the loopback interface');
  const port = Number(host.split(' ')[5]);
  const relayed = host.replace(` ${port} typ`, ` ${relayPort} typ`);
  const kept = lines.flatMap((line) => (isCandidate(line) ? (line === host ? [relayed] : []) : [line]));
  return { port, sdp: kept.join('\r\n') };
}

async function startCapture(port: number, file: string): Promise<ChildProcess> {
  const comment = 'A WebRTC call through a lossy relay, captured at the callee';
  const dumpcap = spawn(
    'dumpcap',
    ['-q', '-i', 'lo', '-f', `udp port ${port}`, '-w', file, '--capture-comment', comment],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let said = '';
    dumpcap.on('error', reject);
    dumpcap.on('exit', () => reject(new Error(`dumpcap ended: ${said}`)));
    dumpcap.stderr.on('data', (text) => {
      said += text;
      if (said.includes('File:')) resolve();
    });
  });
  return dumpcap;
}

async function stopCapture(dumpcap: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => dumpcap.removeAllListeners('exit').on('exit', resolve));
  dumpcap.kill('SIGINT');
  await ended;
}

function rtpStatistics(all: readonly Statistic[], type: string) {
  const names = [
    ...['kind', 'ssrc', 'rtxSsrc', 'packetsReceived', 'packetsLost', 'packetsSent', 'bytesReceived', 'bytesSent'],
    ...['headerBytesReceived', 'headerBytesSent', 'retransmittedPacketsReceived', 'retransmittedPacketsSent', 'jitter'],
    ...['nackCount', 'pliCount', 'framesReceived', 'framesDecoded', 'keyFramesDecoded', 'freezeCount'],
    ...['totalFreezesDuration', 'roundTripTime', 'fractionLost'],
  ];
  return all
    .filter((entry) => entry.type === type)
    .map((entry) => Object.fromEntries(names.filter((name) => name in entry).map((name) => [name, entry[name]])));
}

async function connect(caller: Page, callee: Page, relay: LossyRelay, captureFile: string) {
  const offer = (await caller.evaluate('offer()')) as string;
  const offered = throughRelay(offer, relay.portForB);
  const answer = (await callee.evaluate(`answer(${JSON.stringify(offered.sdp)})`)) as string;
  const answered = throughRelay(answer, relay.portForA);
  relay.connect(offered.port, answered.port);
  const capture = await startCapture(answered.port, captureFile);
  await caller.evaluate(`accept(${JSON.stringify(answered.sdp)})`);
  for (const page of [caller, callee]) await page.evaluate('limitBitrate()');
  return { capture, offer, answer };
}

export async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sample-call-'));
  const captureFile = join(folder, 'call.pcapng');
  const relay = await openLossyRelay(SEED);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      ...['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'],
    ],
  });
  try {
    const context = await browser.newContext();
    await context.route(`${ORIGIN}**`, (route) => route.fulfill({ contentType: 'text/html', body: CALL_PAGE }));
    const [caller, callee] = [await context.newPage(), await context.newPage()];
    for (const page of [caller, callee]) await page.goto(ORIGIN);
    const { capture, offer, answer } = await connect(caller, callee, relay, captureFile);
    await wait(CALL_SECONDS * 1000);
    // The senders stop first, so that nothing is under way when both ends are asked what they counted.
    for (const page of [caller, callee]) {
      await page.evaluate('for (const sender of peer.getSenders()) sender.replaceTrack(null)');
    }
    await wait(1500);
    const atCaller = (await caller.evaluate('statistics()')) as Statistic[];
    const atCallee = (await callee.evaluate('statistics()')) as Statistic[];
    await stopCapture(capture);
    const truth = {
      description: 'A WebRTC call in Chromium, captured at the callee; made by tests/samples/make-call.ts.',
      browser: browser.version(),
      episodes: EPISODES,
      droppedByRelay: Object.fromEntries(relay.dropped),
      callee: { inbound: rtpStatistics(atCallee, 'inbound-rtp'), outbound: rtpStatistics(atCallee, 'outbound-rtp') },
      caller: { inbound: rtpStatistics(atCaller, 'inbound-rtp'), outbound: rtpStatistics(atCaller, 'outbound-rtp') },
      offer,
      answer,
    };
    writeFileSync('captures/samples/call.pcapng', withoutMachineOptions(readFileSync(captureFile)));
    writeFileSync('captures/samples/call.truth.json', `${JSON.stringify(truth, null, 2)}\n`);
  } finally {
    await browser.close();
    relay.close();
    rmSync(folder, { recursive: true });
  }
}
