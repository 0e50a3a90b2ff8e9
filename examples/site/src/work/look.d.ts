/** For the test, which is checked by types: what it asks of a look. */
import type { SpikingNetwork } from '../../../../src/index.ts';

export function look(
  net: SpikingNetwork,
  shown: Uint8Array,
): { label: number; second: number; ahead: number; isSure: boolean };
