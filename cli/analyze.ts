import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { AnalyzeArguments } from './analyze-run.ts';
import type { ExitStatus } from './exit-status.ts';

export const EXAMPLES: readonly (readonly [string, string])[] = [
  ['$0 analyze call.pcapng', 'Summary, findings and streams, worst first'],
  ['$0 analyze call.pcapng --html report.html', 'The same, and a report with charts in one file'],
  ["$0 analyze 'ring-*.pcapng.gz' --json -", 'Many files as one capture in time order, as data'],
  ["$0 analyze 's3://calls/run-7/*.pcapng'", 'Of a bucket: key and endpoint in AWS_ACCESS_KEY_ID and so on'],
  ['tcpdump -w - udp | $0 analyze -', 'From standard input'],
  ["$0 analyze call.pcap --filter 'ip.addr == 10.0.0.7 and rtp'", 'Only what a filter selects'],
  ['$0 analyze pods.pcapng --states replicas.csv', 'The same by scaling state: steady, scaling out, settling'],
  ["$0 analyze call.pcap --fail-on 'lostPercent>1'", 'Exit status 1 where a stream lost more than 1 %'],
];

/** `rtcscope analyze FILES...` @param finish told the exit status. */
export const analyzeCommand = (finish: (status: ExitStatus) => void): CommandModule<object, AnalyzeArguments> => ({
  command: 'analyze <files..>',
  describe: 'Measure the media in captures: loss, jitter, throughput, and what lies behind them',
  builder: (command) => {
    command
      .positional('files', {
        type: 'string',
        array: true,
        demandOption: true,
        describe:
          'Captures, patterns, folders, s3://BUCKET/PATTERN, or - for standard input; several are read as one in time order',
      })
      .option('json', { type: 'string', requiresArg: true, describe: 'Write the analysis as JSON to a file, or - ' })
      .option('csv', { type: 'string', requiresArg: true, describe: 'Write a row for each stream as CSV' })
      .option('markdown', { type: 'string', requiresArg: true, describe: 'Write tables to paste into a document' })
      .option('html', { type: 'string', requiresArg: true, describe: 'Write a report with charts, one file' })
      .option('parquet', {
        type: 'string',
        requiresArg: true,
        describe: 'Write streams and their series as Parquet into a folder, or to NAME.parquet and NAME.series.parquet',
      })
      .option('partial', {
        type: 'string',
        requiresArg: true,
        describe: 'Write what rtcscope merge adds to that of other captures, to a file or -',
      })
      .option('charts', { type: 'string', requiresArg: true, describe: 'Write charts as SVG into a folder' })
      .option('chart-format', {
        choices: ['svg', 'png'] as const,
        default: 'svg' as const,
        describe: 'Kind of picture that --charts writes',
      })
      .option('filter', {
        type: 'string',
        requiresArg: true,
        describe: "Wireshark-like condition, such as 'ip.addr == 10.0.0.7 and udp.port == 5004'",
      })
      .option('from', {
        type: 'string',
        requiresArg: true,
        describe: 'Begin at an ISO time, or at seconds from the start',
      })
      .option('to', { type: 'string', requiresArg: true, describe: 'End at an ISO time, or at seconds from the start' })
      .option('sdp', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'File with offers and answers (SDP, or JSON that holds them), for the payload types',
      })
      .option('window', {
        type: 'number',
        default: 1,
        requiresArg: true,
        describe: 'Seconds of the windows over which figures are shown in time',
      })
      .option('fail-on', {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: "Exit with 1 where a stream crosses this, such as 'lostPercent>1' or 'jitterMs.p95>30'",
      })
      .option('states', {
        type: 'string',
        requiresArg: true,
        describe:
          'Figures by scaling state: a scaling.jsonl, CSV of time and replicas, kubectl or Prometheus JSON, or a run',
      })
      .option('states-target', {
        type: 'string',
        requiresArg: true,
        describe: 'Workload in --states, where it has several',
      })
      .option('settle', { type: 'number', default: 15, requiresArg: true, describe: 'Seconds that count as settling' })
      .option('clock-offset', {
        type: 'number',
        default: 0,
        requiresArg: true,
        describe: "Seconds to add to the captures' times to get the clock of --states",
      })
      .option('follow', {
        type: 'boolean',
        default: false,
        describe: 'Go on as the file grows; Ctrl-C ends it and prints the report',
      })
      .option('on', {
        choices: ['kubernetes'] as const,
        describe: 'Analyse in a cluster: files are CLAIM/PATTERN there, or s3://BUCKET/PATTERN',
      })
      .option('shards', { type: 'number', requiresArg: true, describe: 'Pods that share the captures of --on; 4' })
      .option('namespace', {
        type: 'string',
        requiresArg: true,
        describe: 'Where --on runs, and of its claim and Secret; default',
      })
      .option('image', { type: 'string', requiresArg: true, describe: 'Image of the pods of --on' })
      .option('kubeconfig', { type: 'string', requiresArg: true, describe: 'Cluster of --on, instead of KUBECONFIG' })
      .option('context', { type: 'string', requiresArg: true, describe: 'Context of the kubeconfig, for --on' })
      .option('s3-endpoint', {
        type: 'string',
        requiresArg: true,
        describe: "Service of s3://, where not Amazon's; the bucket goes into the path, or where {bucket} stands",
      })
      .option('s3-region', { type: 'string', requiresArg: true, describe: 'Region of s3://; else AWS_REGION' })
      .option('s3-secret', {
        type: 'string',
        requiresArg: true,
        describe: 'Secret of --on with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; here these are variables',
      })
      .option('limit', { type: 'number', requiresArg: true, describe: 'Streams to print; 30 on a terminal, else all' })
      .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress on standard error' });
    for (const [text, meaning] of EXAMPLES) command.example(text, meaning);
    return command as never;
  },
  handler: async (args: ArgumentsCamelCase<AnalyzeArguments>) => {
    if (args.on === 'kubernetes') {
      const { analyzeOnKubernetes } = await import('./analyze-on-kubernetes.ts');
      finish(await analyzeOnKubernetes(args));
      return;
    }
    const { runAnalyze } = await import('./analyze-run.ts');
    finish(await runAnalyze(args));
  },
});
