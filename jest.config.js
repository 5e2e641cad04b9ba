const project = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

export default {
  // For what hangs: how long something takes is for the bench, and a busy machine is no failure.
  testTimeout: 180_000,
  maxWorkers: 2,
  // What a test file loads stays with its worker (https://github.com/jestjs/jest/issues/11956): one that has grown is replaced.
  workerIdleMemoryLimit: '1GB',
  projects: [
    {
      ...project,
      displayName: 'jit',
      testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/browser/'],
    },
    // The API once more, executed by graphql-js: what compiled queries answer must be what the reference answers.
    {
      ...project,
      displayName: 'reference',
      testMatch: ['<rootDir>/test/api/**/*.spec.ts'],
      setupFiles: ['<rootDir>/test/support/reference-executor.ts'],
    },
    // In the browser that .ci/browser has found.
    ...(process.env.CHROMIUM
      ? [{ ...project, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.spec.ts'] }]
      : []),
  ],
};
