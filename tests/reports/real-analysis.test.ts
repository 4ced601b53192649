import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Analyzer } from '../../analyzers/index.ts';
import { CaptureWalk } from '../../captures/index.ts';
import { chartSpecs, renderCsv, renderJson, renderMarkdown, renderSvg, renderTerminal } from '../../reports/index.ts';
import { missingCaptures, sharedCapture } from '../shared-captures.ts';

const schema = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../docs/analysis.schema.json', import.meta.url)), 'utf8'),
);
const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/ },
});

const CAPTURES = [
  'generated__chrome156/chrome156-direct-vp8.pcap',
  'generated__chrome156/chrome156-loss-vp8.pcap',
  'generated__chrome156/chrome156-turn-udp-vp9.pcap',
  'derived__g711a/ipip.pcap',
];

async function analysisOf(path: string) {
  const analyzer = new Analyzer({ windowSeconds: 1, filter: null, from: null, to: null });
  const walk = new CaptureWalk([path], {});
  await walk.run((cursor, _capture, interfaceNumber) => analyzer.record(cursor, interfaceNumber));
  return analyzer.report(walk.summaries());
}

/** Member by member, so that each message begins with the member's name. */
function errorsOf(analysis: Record<string, unknown>): string[] {
  return Object.entries(analysis).flatMap(([name, value]) => {
    const member = schema.properties[name];
    if (member === undefined) return [`${name} is not in the schema`];
    const validate = ajv.compile({ ...member, $defs: schema.$defs });
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message}`);
  });
}

describe.skipIf(missingCaptures !== '')(`reports of real captures${missingCaptures}`, () => {
  it.each(CAPTURES)('%s is as the schema says, and is told in every format', async (name) => {
    const path = sharedCapture(name);
    expect(path, `${name} is missing`).not.toBeNull();
    const analysis = await analysisOf(path as string);
    expect(analysis.streams.length).toBeGreaterThan(0);
    expect(errorsOf(JSON.parse(renderJson(analysis)))).toEqual([]);

    const [first] = analysis.streams;
    const terminal = renderTerminal(analysis, { color: false, unicode: true, width: 120 });
    for (const text of [terminal, renderCsv(analysis), renderMarkdown(analysis)]) {
      expect(text).toContain(first.source);
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    }
    for (const { spec } of chartSpecs(analysis)) expect(await renderSvg(spec)).not.toMatch(/NaN|undefined/);
  });
});
