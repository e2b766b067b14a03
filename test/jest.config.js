/** Three projects that differ by folder alone. Types are checked by `typecheck`, not here. */
const swc = (syntax) => [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax } }, module: { type: 'commonjs' }, sourceMaps: true },
];

/** Published as ES modules only, which jest's CommonJS loader cannot read as they are. */
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

const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  rootDir: `${__dirname}/..`,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.local/'],
  transform: { '\\.ts$': swc('typescript'), '\\.[cm]?js$': swc('ecmascript') },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  moduleNameMapper: { '^@azure/functions-core$': '<rootDir>/test/support/functions-core.ts' },
});

module.exports = {
  rootDir: `${__dirname}/..`,
  coverageProvider: 'v8',
  collectCoverageFrom: ['functions/**/*.ts'],
  projects: [
    project('unit', ['<rootDir>/test/!(contracts|e2e)/**/*.test.ts', '<rootDir>/test/*.test.ts']),
    project('contracts', ['<rootDir>/test/contracts/**/*.test.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
  ],
};
