/** Tests run as ES modules through swc: no type check here, `npm run typecheck` does that once for all. */
export default {
  testEnvironment: 'node',
  // Most suites wait for other programs; jest would leave one processor to itself.
  maxWorkers: '100%',
  globalSetup: '<rootDir>/test/global-setup.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/.cdk8s/'],
};
