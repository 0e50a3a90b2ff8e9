/** Types for the test. */
import type { Dataset, EpochRecord, SpikingNetwork, TrainingState } from '../../../../src/index.ts';

interface Run {
  net: SpikingNetwork;
  settings: Readonly<Record<string, string | number>>;
  command: string;
  state: TrainingState | undefined;
  epochs: readonly EpochRecord[];
}

export function newRun(
  settings: Run['settings'],
  data: { id: string; train: Dataset; test: Dataset; classes: number },
): Run;

export function recordOf(run: Run): { settings: Run['settings'] };
export function runFromRecord(record: { settings: Run['settings'] }): Run;
