/** What may explain a trace that does not follow a convention. */
import type { NirConvention } from '../../spec/nirConventions.ts';
import type { NirLayer } from './chain.ts';
import type { NirConventionGiven } from './convention.ts';

export interface NirMistake {
  /** `question=answer`, the name of a simulator, or a word. */
  readonly id: string;
  readonly says: string;
  readonly convention: NirConvention;
  /** The convention as a user gives it: for all neurons, then for those of the layer's kind alone; none where the one that was given stays. */
  readonly as?: readonly NirConventionGiven[];
  /** Factor of the requested step length. */
  readonly times?: number;
  /** What it takes the layer for. */
  readonly layer?: NirLayer;
  /** Whether it starts from a state that the sample before it left. */
  readonly left?: boolean;
  /** Whether all that is recorded of the layer is of the step before. */
  readonly late?: boolean;
  /** A tier is tried only if no lower tier explains the trace. */
  readonly tier: 1 | 2 | 3;
}
