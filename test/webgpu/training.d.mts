export declare function smallTraining(
  asf: typeof import('../../src/index.ts'),
  backend: string,
): Promise<{ digest: string; correct: number }>;
