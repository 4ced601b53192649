// Use goes one way: captures <- analyzers <- reports, captures <- cluster, cli -> all; and through doors (index.ts) only.
const FOLDERS = '(captures|analyzers|reports|cluster|cli)';
const may = (from, to) => ({
  name: `${from}-uses-only-${to.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: `^${FOLDERS}/`, pathNot: `^(${[from, ...to].join('|')})/` },
});

module.exports = {
  forbidden: [
    may('captures', []),
    may('analyzers', ['captures']),
    may('reports', ['analyzers', 'captures']),
    may('cluster', ['captures']),
    {
      name: 'doors-not-corridors',
      comment: 'A folder is used through its index.ts.',
      severity: 'error',
      from: { path: `^${FOLDERS}/` },
      to: { path: `^${FOLDERS}/`, pathNot: ['^$1/', `^${FOLDERS}/index\\.ts$`] },
    },
    {
      name: 'index-only-re-exports',
      comment: 'Nothing inside a folder goes through its own door: that would be a circle.',
      severity: 'error',
      from: { path: `^${FOLDERS}/.+`, pathNot: `^${FOLDERS}/index\\.ts$` },
      to: { path: '^$1/index\\.ts$' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'measurement-does-no-io',
      comment:
        'Bytes and times come in, values come out: analyzers, reports and the decoders own no socket, file, clock or process.',
      severity: 'error',
      from: { path: '^(analyzers|reports|captures/(records|packets|writing))/' },
      to: { path: '^(node:)?(fs|net|dgram|http|https|child_process|worker_threads|os|process|timers|tls)(/|$)' },
    },
    {
      name: 'no-development-dependency-at-run-time',
      severity: 'error',
      from: { path: `^${FOLDERS}/` },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/assembly/[^/]+[.]wasm$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
