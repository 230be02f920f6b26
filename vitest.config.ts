import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: ONNX Runtime uses both, so test files take turns.
    fileParallelism: false,
    pool: 'forks',
  },
});
