import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readJtl } from '../../../analyzers/index.ts';
import { issueToken } from '../../../cluster/gateway/tokens.ts';
import { RESULT_HEADER } from '../../../cluster/http-load/http-results.ts';
import { runAutocannon } from '../../../cluster/http-load/run-autocannon.ts';
import { runJmeter } from '../../../cluster/http-load/run-jmeter.ts';
import { findJmeter, jmeterPlan } from '../../../cluster/index.ts';
import { builtProgram } from '../../cli/program.ts';
import { openTestGateway } from '../gateway/open-test-gateway.ts';
import { startUp } from '../load/running-conference.ts';
import { debianJmeter } from './debian-jmeter.ts';

const program = builtProgram();
const jmeter = debianJmeter();
const skipped = jmeter.lacking === null ? '' : ` (SKIPPED: ${jmeter.lacking})`;
const folder = mkdtempSync(join(tmpdir(), 'rtcscope-http-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOAD = { users: 3, rampSeconds: 1, path: '/', pauseMs: 20, whipRoom: 'tea' };
const never = new AbortController().signal;

/** Requests that a gateway counted, such as `{ 'page 200': 12 }`. */
async function counted(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const found = text.matchAll(/^rtcscope_gateway_http_requests_total\{route="(\w+)",status="(\d+)"\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, route, status, count]) => [`${route} ${status}`, Number(count)]));
}

describe.skipIf(jmeter.lacking !== null)(`JMeter itself runs our plan${skipped}`, { timeout: 180_000 }, () => {
  const files = (name: string) => ({
    plan: join(folder, `${name}.jmx`),
    results: join(folder, `${name}.jtl`),
    log: join(folder, `${name}.log`),
  });

  it('asks, offers by WHIP with a token to an SFU and leaves again; its results are what the gateway counted', async () => {
    const secret = 'a secret of this test, thirty-two or more';
    const conference = await startUp(program, secret);
    const token = await issueToken(
      { room: 'tea', identity: null, name: 'WHIP', publish: true, subscribe: false },
      ...([secret, 600] as const),
    );
    const { url } = conference;
    try {
      const paths = files('load');
      // A gateway gives an SFU some five new rooms a second.
      writeFileSync(paths.plan, jmeterPlan({ ...LOAD, pauseMs: 300 }, url, 8, 'load', token));
      const outcome = await runJmeter(jmeter.path, paths, 8, never);
      expect(outcome).toEqual({ failure: null, version: '2.13' });
      const { samples, refused } = readJtl(readFileSync(paths.results, 'utf8'));
      const of = (name: string) => samples.filter(({ label }) => label === name).length;
      const [pages, offers, ends] = ['GET /', 'POST /whip/tea', 'DELETE /whip/tea'].map(of);
      expect([refused, ends > 0, samples.filter(({ success }) => !success)]).toEqual([0, true, []]);
      expect(await counted(url)).toEqual({ 'page 200': pages, 'whip 201': offers, 'whip 200': ends });
      expect(new Set(samples.map(({ thread }) => thread)).size).toBe(LOAD.users);
    } finally {
      await conference.close();
    }
  });

  it.each(['csv', 'xml'])('results as JMeter writes them by itself, in %s, are read back', async (format) => {
    const { url } = await openTestGateway(1);
    const paths = files(`own-${format}`);
    writeFileSync(paths.plan, jmeterPlan({ ...LOAD, path: '/not/here', whipRoom: null }, url, 2, 'a & b'));
    // In CSV this version writes no row of column names.
    const child = spawn(jmeter.path, [
      ...['-n', '-t', paths.plan, '-l', paths.results, '-j', paths.log],
      `-Jjmeter.save.saveservice.output_format=${format}`,
    ]);
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    const text = readFileSync(paths.results, 'utf8');
    expect(text).toMatch(format === 'xml' ? /^<\?xml/ : /^\d{13},/);
    const { samples, refused } = readJtl(text);
    expect(refused).toBe(0);
    expect(samples.length).toBeGreaterThan(0);
    expect({ 'page 404': samples.filter(({ success }) => !success).length }).toEqual(await counted(url));
  });

  it('says what was wrong with a plan', async () => {
    const paths = files('broken');
    writeFileSync(paths.plan, '<jmeterTestPlan><hashTree><Nothing/></hashTree></jmeterTestPlan>');
    const { failure } = await runJmeter(jmeter.path, paths, 1, never);
    expect(failure).toMatch(/Problem loading/);
  });

  it('ends early when it is told to, with whole lines', async () => {
    const { url } = await openTestGateway(1);
    const paths = files('early');
    writeFileSync(paths.plan, jmeterPlan({ ...LOAD, whipRoom: null }, url, 600, 'early'));
    const stop = new AbortController();
    const running = runJmeter(jmeter.path, paths, 600, stop.signal);
    while (!existsSync(paths.results) || !readFileSync(paths.results, 'utf8').includes('GET /')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    stop.abort();
    expect((await running).failure).toBeNull();
    expect(readJtl(readFileSync(paths.results, 'utf8')).refused).toBe(0);
  });
});

describe('autocannon in place of JMeter', { timeout: 120_000 }, () => {
  it('asks for the path, and its results are what the gateway counted', async () => {
    const { url } = await openTestGateway(1);
    const results = join(folder, 'autocannon.jtl');
    await runAutocannon({ ...LOAD, path: '/healthz' }, url, 3, results, never);
    const { samples, refused } = readJtl(`${RESULT_HEADER}\n${readFileSync(results, 'utf8')}`);
    expect([refused, samples.length > 0, samples.every(({ success }) => success)]).toEqual([0, true, true]);
    // What was under way as the time ran out was counted there, and is no result here.
    const there = (await counted(url))['healthz 200'];
    expect(there - samples.length).toBeGreaterThanOrEqual(0);
    expect(there - samples.length).toBeLessThanOrEqual(LOAD.users);
  });
});

describe('which JMeter', () => {
  const program = join(folder, 'jmeter');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });

  it.each([
    ['the one that is named', program, { RTCSCOPE_JMETER: 'off', PATH: '' }, program],
    ['the one of the environment', undefined, { RTCSCOPE_JMETER: program, PATH: '' }, program],
    ['the first in PATH', undefined, { PATH: `/nowhere:${folder}` }, program],
    ['none where it is off', 'off', { PATH: folder }, null],
    ['none where there is none', undefined, { PATH: '/nowhere' }, null],
  ])('%s', (_, named, environment, found) => expect(findJmeter(named, environment)).toBe(found));

  it('what was named must be a program', () => {
    expect(() => findJmeter('/nowhere', {})).toThrow('--jmeter: /nowhere is no program');
    expect(() => findJmeter(undefined, { RTCSCOPE_JMETER: folder })).toThrow(/^RTCSCOPE_JMETER: .* is no program$/);
  });
});
