/** For the test, which is checked by types. */
import type { Dataset, SpikingNetwork } from '../../../../src/index.ts';

export function newRun(
  settings: Readonly<Record<string, string | number>>,
  data: { id: string; train: Dataset; test: Dataset; classes: number },
): { net: SpikingNetwork; command: string };
