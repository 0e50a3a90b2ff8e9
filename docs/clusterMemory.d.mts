import type { NetworkDescription } from '../spec/dictionary.ts';

export interface Work {
  readonly file: NetworkDescription;
  readonly window: number;
  readonly batch: number;
  readonly shard: number;
  readonly ranks: readonly number[];
}
export const works: readonly Work[];
export function predictedBytes(work: Work, ranks: number): number[];
export function writtenBytes(work: Work): number;
export function measuredBytes(work: Work, ranks: number): number[];
