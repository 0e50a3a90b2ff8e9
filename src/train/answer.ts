/** What the potentials of the classes say: the class, the one behind it, and whether that is clear. */
import { computeClass } from '../../spec/loss.ts';
import { outputLayer, type Network } from '../../spec/network.ts';

export interface Answer {
  /** The class with the greatest potential; ties go to the lowest. */
  readonly label: number;
  /** The class behind it; undefined if there is one class alone. */
  readonly second: number | undefined;
  /** Lead of the greatest potential over the next. At 0 no class leads, and the label means nothing: an empty image. */
  readonly lead: number;
  /**
   * Whether the label is clear. Training aims at a potential of steps × Vth for the right class and at 0 for the others (Eq. 6): the first
   * class reaches half of that, and leads by a quarter.
   */
  readonly isSure: boolean;
  /** u of each class after the last step; its FO if the output layer fires. */
  readonly potentials: Float32Array;
}

/** Shares of what the right class aims at. */
const [sureReach, sureLead] = [1 / 2, 1 / 4];

/** The answer of potentials after some steps. */
export function answerOf(plan: Network, potentials: Float32Array, steps: number): Answer {
  const label = computeClass(potentials);
  let second: number | undefined;
  for (const [place, u] of potentials.entries())
    if (place !== label && (second === undefined || u > potentials[second])) second = place;
  const first = potentials[label];
  const lead = second === undefined ? first : first - potentials[second];
  const { spikes, Vth } = outputLayer(plan);
  const aim = steps * (spikes ? 1 : Vth);
  const isSure = steps > 0 && first >= sureReach * aim && lead >= sureLead * aim;
  return { label, second, lead, isSure, potentials };
}
