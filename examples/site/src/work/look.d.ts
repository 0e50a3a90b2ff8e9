/** Types for the test. */
import type { SpikingNetwork } from '../../../../src/index.ts';

export function look(
  net: SpikingNetwork,
  shown: Uint8Array,
): { label: number; second: number; ahead: number; isSure: boolean };
