/** Training steps of random networks. The backends' tests use the same networks (test/networks.ts). */
import fc from 'fast-check';
import { poissonSample, replayedSample, type EncodedSample, type StepResult } from '../../spec/algorithm1.ts';
import type { Network } from '../../spec/network.ts';
import type { Case } from '../networks.ts';

export function samplesOf(drawn: Case, network: Network): EncodedSample[] {
  return drawn.samples.map(({ input, label }) =>
    'frames' in input
      ? replayedSample(Float32Array.from(input.frames), label, network)
      : poissonSample(input.intensities, label, input.draw, network),
  );
}

/** Skips a case that overflows and is thus outside the domain. Five layers with |w| ≤ 2⁴⁰ can overflow. */
export function requireFinite({
  losses,
  dw,
  dFO = [],
}: Pick<StepResult, 'losses' | 'dw'> & Partial<Pick<StepResult, 'dFO'>>): void {
  fc.pre([losses, ...dw, ...dFO.flat()].every((list) => list.every(Number.isFinite)));
}
