// The SDK's layers: imports go down only; `core` at the bottom has no DOM and no clock.
const layers = ['core', '(?:link|rtc|audio|quality)', 'client', 'facades'];

/** What a layer may not import: every layer above it. */
function upward(below, index) {
  return {
    name: `only-down-from-${index}`,
    severity: 'error',
    comment: 'Imports go down: core <- link, rtc, audio, quality <- client <- facades.',
    from: { path: `^sdk/src/${below}/` },
    to: { path: `^sdk/src/(?:${layers.slice(index + 1).join('|')}|index)` },
  };
}

module.exports = {
  forbidden: [
    ...layers.slice(0, -1).map(upward),
    {
      name: 'side-by-side',
      severity: 'error',
      comment: 'link, rtc, audio and quality do not import each other: client joins them.',
      from: { path: '^sdk/src/(link|rtc|audio|quality)/' },
      to: { path: '^sdk/src/(?:link|rtc|audio|quality)/', pathNot: '^sdk/src/$1/' },
    },
    {
      name: 'facades-apart',
      severity: 'error',
      comment: 'A facade knows the client and what facades share, never the other facade.',
      from: { path: '^sdk/src/facades/([^/]+)/' },
      to: { path: '^sdk/src/facades/', pathNot: '^sdk/src/facades/(?:$1|shared)/' },
    },
    {
      name: 'native-knows-no-facade',
      severity: 'error',
      comment: 'The native entry carries no vendor.',
      from: { path: '^sdk/src/index\\.ts$' },
      to: { path: '^sdk/src/facades/' },
    },
    {
      name: 'sdk-stands-alone',
      severity: 'error',
      comment: "The SDK depends on no package: it is loaded into other people's pages.",
      // The noise reduction's worklet is a script of its own, which few pages load.
      from: { path: '^sdk/src/', pathNot: '^sdk/src/audio/noise/worklet\\.ts$' },
      to: { pathNot: '^sdk/src/' },
    },
    {
      name: 'console-uses-the-public-sdk',
      severity: 'error',
      comment: 'The console is built on what everybody gets: the package, not its insides.',
      from: { path: '^console/src/' },
      to: { path: '^sdk/src/(?!index\\.ts$)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'At no depth; imports of types alone and of what is loaded lazily count.',
      from: {},
      to: { circular: true },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that nothing imports is dead, unless it is an entry.',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', '(?:index|main)\\.ts$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$|(^|/)(dist|test|tests)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], mainFields: ['module', 'main'] },
  },
};
