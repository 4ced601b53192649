import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectedStream, RunReport } from '../../../analyzers/index.ts';
import { builtProgram, root } from '../../cli/program.ts';
import { type Conference, startUp } from './running-conference.ts';

const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined;
const canCapture = hasTcpdump && process.getuid?.() === 0;
const why = canCapture ? '' : ' (SKIPPED: needs tcpdump and the right to capture)';
const validate = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/report.schema.json'), 'utf8')),
);
/** Clients have addresses of this run alone. */
const network = `127.${160 + (process.pid % 90)}.${Math.floor(process.pid / 90) % 256}`;
const DELAY_MS = 25;
/** The shortest round trip is known no better than the load's timers are in time; a delay that is not injected shows even so. */
const MOST_SLACK_MS = 10;

describe.skipIf(!canCapture)(
  `a report of participants who lose, delay and shake their packets on purpose${why}`,
  () => {
    const program = builtProgram();
    const folder = mkdtempSync(join(tmpdir(), 'rtcscope-truth-'));
    const run = join(folder, 'run');
    let conference: Conference | null = null;
    let report: RunReport;
    let sent: InjectedStream[];
    let received: InjectedStream[];

    /** By how much timers of the load came late. */
    let lateMs = 0;
    let closeMs = 1;

    const runOnce = async () => {
      rmSync(run, { recursive: true, force: true });
      mkdirSync(join(run, 'captures'), { recursive: true });
      const capture = join(run, 'captures', 'lo.pcap');
      const options = ['-i', 'lo', '-U', '--immediate-mode', '-s', '300', '-B', '32768', '-w', capture];
      const tcpdump = spawn('tcpdump', [...options, `udp and net ${network}.0/24`]);
      const captured = once(tcpdump, 'exit');
      await new Promise<void>((resolve) => {
        tcpdump.stderr.on('data', (text) => String(text).includes('listening') && resolve());
      });
      const load = program.start([
        ...['load', '--url', conference!.url, '--participants', '3', '--seconds', '9', '--seed', '7', '--loss', '0.05'],
        ...['--duplicate', '0.05', '--reorder', '0.05'],
        ...['--delay-ms', String(DELAY_MS), '--jitter-ms', '6', '--video-kbps', '150'],
        ...['--bind', `${network}.0/24`, '--record', join(run, 'load.jsonl'), '--json', join(folder, 'load.json')],
      ]);
      load.stdout!.resume();
      load.stderr!.resume();
      const [status] = await once(load, 'close');
      expect(status).toBe(0);
      for (let size = -1; size !== statSync(capture).size; ) {
        size = statSync(capture).size;
        await delay(1500);
      }
      tcpdump.kill('SIGINT');
      await captured;
      const told = program.run(['report', run, '--json', join(folder, 'report.json'), '--quiet']);
      expect(told.status, told.stderr).toBe(0);
      report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
      validate(report);
      expect(validate.errors).toBeNull();
      sent = report.injected.filter(({ direction }) => direction === 'sent');
      received = report.injected.filter(({ direction }) => direction === 'received');
      const { eventLoopDelayP99Ms } = JSON.parse(readFileSync(join(folder, 'load.json'), 'utf8')).machine;
      lateMs = eventLoopDelayP99Ms;
    };

    beforeAll(async () => {
      conference = await startUp(program);
      // Again where the machine was too busy to do in time what was asked of it.
      for (let attempt = 1; attempt <= 2; attempt++) {
        await runOnce();
        if (report.injected.every(({ agrees }) => agrees === true) || lateMs < 1) break;
      }
      const slackMs =
        report.injected.every(({ agrees }) => agrees === true) || lateMs < 1 ? 0 : Math.min(lateMs, MOST_SLACK_MS);
      if (slackMs > 0)
        console.warn(`the machine was busy: delays are held against 1 ms and ${slackMs.toFixed(1)} ms more`);
      closeMs = 1 + slackMs;
    }, 240_000);
    afterAll(async () => {
      await conference?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('has the loss of each stream to the packet, on both ways', () => {
      expect([sent.length, received.length]).toEqual([6, 12]);
      for (const { capturedLost, droppedPackets } of sent) expect(capturedLost).toBe(droppedPackets);
      for (const { capturedLost, droppedPackets, missingPackets } of received) {
        expect(missingPackets).toBe((capturedLost ?? Number.NaN) + droppedPackets);
      }
      expect(sent.reduce((sum, one) => sum + one.droppedPackets, 0)).toBeGreaterThan(20);
      expect(received.reduce((sum, one) => sum + one.droppedPackets, 0)).toBeGreaterThan(20);
    });

    it('has duplicates and packets out of order, to the packet', () => {
      for (const one of sent) {
        expect(one.capturedDuplicates).toBe(one.duplicatedPackets);
        expect(one.capturedReordered).toBe(one.leftReordered);
      }
      const sum = (pick: (one: InjectedStream) => number | null) =>
        sent.reduce((total, one) => total + (pick(one) ?? 0), 0);
      expect(sum(({ duplicatedPackets }) => duplicatedPackets)).toBeGreaterThan(20);
      expect(sum(({ leftReordered }) => leftReordered)).toBeGreaterThan(20);
      // An SFU hands each packet on once, though it came twice.
      for (const { capturedDuplicates } of received) expect(capturedDuplicates).toBe(0);
    });

    it('has jitter and delay within a millisecond', () => {
      for (const { leftJitterMs, capturedJitterMs, delayMs, measuredDelayMs } of sent) {
        // Six to both sides, evenly: 4 ms on average between two packets, and the sender's own rhythm.
        expect(leftJitterMs).toBeGreaterThan(2.5);
        expect(Math.abs((capturedJitterMs ?? Number.NaN) - (leftJitterMs ?? Number.NaN))).toBeLessThan(1);
        expect(delayMs).toBe(DELAY_MS);
        expect(Math.abs((measuredDelayMs ?? Number.NaN) - DELAY_MS)).toBeLessThan(closeMs);
      }
    });

    it('tells loss by hop from loss of the whole way', () => {
      const [phase] = report.phases;
      // Participants miss what either way lost; the capture knows of the first, which retransmissions mend for video behind the SFU.
      expect(phase.clientLossPercent).toBeGreaterThan(phase.lossPercent as number);
      const [finding] = report.findings.filter(({ code }) => code === 'injected-faults');
      if (closeMs > 1) return;
      expect(report.injected.filter(({ agrees }) => agrees !== true)).toEqual([]);
      expect(finding?.text).toMatch(
        /^3 participants .* all 18 streams: loss, duplicates and order to the packet, jitter and delay within 1 ms\./,
      );
    });
  },
);
