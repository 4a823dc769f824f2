// Two projects that share the machine: the parts, and the end-to-end tests, which take longer to start and to answer.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PlainSummary } from './test/summary.ts';

export default defineConfig({
  test: {
    // The runner would leave one core idle, which on two is half of the machine.
    maxWorkers: availableParallelism(),
    reporters: ['default', new PlainSummary()],
    projects: [
      {
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'end to end',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
