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

    beforeAll(async () => {
      mkdirSync(join(run, 'captures'), { recursive: true });
      conference = await startUp(program);
      const capture = join(run, 'captures', 'lo.pcap');
      const options = ['-i', 'lo', '-U', '--immediate-mode', '-s', '300', '-B', '32768', '-w', capture];
      const tcpdump = spawn('tcpdump', [...options, `udp and net ${network}.0/24`]);
      const captured = once(tcpdump, 'exit');
      await new Promise<void>((resolve) => {
        tcpdump.stderr.on('data', (text) => String(text).includes('listening') && resolve());
      });
      const load = program.start([
        ...['load', '--url', conference.url, '--participants', '3', '--seconds', '9', '--seed', '7', '--loss', '0.05'],
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
    }, 150_000);
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

    it('has jitter and delay within a millisecond', () => {
      for (const { leftJitterMs, capturedJitterMs, delayMs, measuredDelayMs } of sent) {
        // Six to both sides, evenly: 4 ms on average between two packets, and the sender's own rhythm.
        expect(leftJitterMs).toBeGreaterThan(2.5);
        expect(Math.abs((capturedJitterMs ?? Number.NaN) - (leftJitterMs ?? Number.NaN))).toBeLessThan(1);
        expect(delayMs).toBe(DELAY_MS);
        expect(Math.abs((measuredDelayMs ?? Number.NaN) - DELAY_MS)).toBeLessThan(1);
      }
    });

    it('tells loss by hop from loss of the whole way', () => {
      const [phase] = report.phases;
      const shareOf = (list: readonly InjectedStream[]) => list.every(({ agrees }) => agrees === true);
      expect([shareOf(sent), shareOf(received)]).toEqual([true, true]);
      // Participants miss what either way lost; the capture knows of the first, which retransmissions mend for video behind the SFU.
      expect(phase.clientLossPercent).toBeGreaterThan(phase.lossPercent as number);
      expect(report.findings.find(({ code }) => code === 'injected-faults')?.text).toMatch(
        /^3 participants .* all 18 streams: loss to the packet, jitter and delay within 1 ms\./,
      );
    });
  },
);
