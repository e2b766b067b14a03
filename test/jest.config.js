/**
 * Three projects that differ by folder alone. They run together, end-to-end tests first, so that
 * the longest files do not run alone at the end. Types are checked by `typecheck`, not here.
 */
const { availableParallelism } = require('node:os');

const swc = (syntax) => [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax } }, module: { type: 'commonjs' }, sourceMaps: true },
];

/** Published as ES modules only, which the CommonJS loader of jest cannot read as they are. */
const esmOnly = [
  'jose',
  'https-proxy-agent',
  'http-proxy-agent',
  'agent-base',
  'proxy-agent-negotiate',
  'web-tree-sitter',
  'p-limit',
  'p-map',
  'yocto-queue',
];

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  rootDir: `${__dirname}/..`,
  testEnvironment: '<rootDir>/test/support/jest/shared-environment.js',
  runtime: '<rootDir>/test/support/jest/shared-modules.js',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/'],
  transform: { '\\.ts$': swc('typescript'), '\\.[cm]?js$': swc('ecmascript') },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  moduleNameMapper: { '^@azure/functions-core$': '<rootDir>/test/support/jest/functions-core.ts' },
  ...more,
});

module.exports = {
  rootDir: `${__dirname}/..`,
  // Contracts and end-to-end tests wait for other processes, so two workers more than cores.
  maxWorkers: availableParallelism() + 2,
  // Ends what would be endless. No test depends on the speed of the machine.
  testTimeout: 600_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['functions/**/*.ts'],
  globalSetup: '<rootDir>/test/support/openapi/build.ts',
  globalTeardown: '<rootDir>/test/support/openapi/remove.ts',
  testSequencer: '<rootDir>/test/support/jest/longest-first.js',
  reporters: ['default', '<rootDir>/test/support/jest/slowest-files.js'],
  projects: [
    project('unit', ['<rootDir>/test/!(contracts|e2e)/**/*.test.ts', '<rootDir>/test/*.test.ts']),
    project('contracts', ['<rootDir>/test/contracts/**/*.test.ts'], {
      globalSetup: '<rootDir>/test/support/jest/start-shared-storage.ts',
      globalTeardown: '<rootDir>/test/support/jest/stop-shared-storage.ts',
    }),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
  ],
};
