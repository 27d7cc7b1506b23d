import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.js'],
    globalSetup: ['src/testing/global-setup.ts'],
    // Tests start servers and databases: with more workers than cores they would only wait for each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The second report is read by .ci/run, which requires that nothing was skipped.
    reporters: ['default', ['json', { outputFile: '.vitest/report.json' }]],
  },
});
