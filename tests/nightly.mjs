// The long scenarios, whole, and whether they show what they are for: `npm run nightly` takes some 35 minutes on two cores.
// `npm run nightly -- --out FOLDER` keeps the runs; runs that are there already are judged as they are. `--only thesis` or
// `--only ramp` takes one of them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const givenFor = (option) => {
  const place = process.argv.indexOf(option);
  return place === -1 ? undefined : process.argv[place + 1];
};
const folder = givenFor('--out') ?? join(root, 'out', `nightly-${Date.now()}`);
const program = join(root, 'dist', 'main.js');
const faults = [];

function check(holds, text) {
  console.log(`${holds ? 'ok  ' : 'BAD '} ${text}`);
  if (!holds) faults.push(text);
}

/** Runs a scenario, and gives what it came to. */
function run(scenario) {
  const path = join(folder, scenario);
  if (!existsSync(join(path, 'run.json'))) {
    const { status } = spawnSync(
      process.execPath,
      [program, 'lab', 'run', `${scenario}.yaml`, '--out', path, '--yes'],
      {
        stdio: 'inherit',
      },
    );
    check(status === 0, `${scenario}: every phase ran (exit ${status})`);
  }
  // Anew, so that what is judged was written by this version.
  const report = spawnSync(process.execPath, [program, 'report', path, '--json', join(path, 'report.json'), '--quiet']);
  check(report.status === 0, `${scenario}: the report was written`);
  const read = (name) => JSON.parse(readFileSync(join(path, name), 'utf8'));
  return { description: read('run.json'), report: read('report.json') };
}

function judgeThesis({ description, report }) {
  const phases = ['no-traffic', 'load-without-hpa', 'load-with-hpa'];
  for (const { name } of description.nodes) {
    const known = report.phases.filter(({ resources }) => {
      const use = resources.find((one) => one.kind === 'node' && one.name === name);
      return use?.cpuCores !== null && use?.memoryBytes !== null && use !== undefined;
    });
    check(known.length === 2 * phases.length, `thesis: CPU and memory of ${name} in each phase`);
  }
  for (const { phase, repetition, packets, http } of report.phases) {
    check(packets > 0, `thesis: packets of ${phase} ${repetition} (${packets})`);
    if (phase === phases[0]) continue;
    const { requests = 0, failed = 0, ms = null } = http ?? {};
    const times = ms === null ? 'none' : `p50 ${ms.p50} ms`;
    check(requests > 1000 && failed < requests / 100, `thesis: HTTP of ${phase} ${repetition}: ${requests}, ${times}`);
  }
  const change = report.autoscalingComparison?.metrics.find(({ metric }) => metric === 'lossPercent');
  check(change?.verdict === 'better', `thesis: autoscaling against none: ${change?.text}`);
  const holes = report.problems.join(' | ');
  check(holes === '', `thesis: no holes (${holes || 'none'})`);
}

function judgeRamp({ description }) {
  const [without, withHpa] = [false, true].map((on) => description.knee.find(({ autoscaling }) => autoscaling === on));
  check(without?.participantsPerPod > 0, `ramp: a knee without autoscaling, at ${without?.participantsPerPod} a pod`);
  const carried = `${withHpa?.carried} against ${without?.carried}`;
  check(withHpa?.carried > without?.carried, `ramp: more participants are carried with it, ${carried}`);
}

const judges = { thesis: judgeThesis, ramp: judgeRamp };
const asked = givenFor('--only') === undefined ? Object.keys(judges) : [givenFor('--only')];
if (asked.some((name) => !Object.hasOwn(judges, name))) {
  console.error(`--only ${asked[0]}: there is no such scenario here. Name one of ${Object.keys(judges).join(', ')}.`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const name of asked) judges[name](run(name));
console.log(faults.length === 0 ? `All is well: ${folder}` : `${faults.length} faults: ${folder}`);
process.exitCode = faults.length === 0 ? 0 : 1;
