/** Looks for a state before the first step from which a recorded layer follows a convention: one that the sample before it left. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { NirBound } from './bound.ts';
import type { NirLayer } from './chain.ts';
import type { NirRecord } from './follow.ts';
import { NirStepper, type NirStart, type NirTiming } from './run.ts';

type Point = readonly [u: number, I: number];

/**
 * The starts from which a neuron's potential is what a record says. Between recorded spikes a potential is affine in its start, so each
 * value cuts off a half-plane.
 */
class Starts {
  /** Corners of what is left. */
  private corners: Point[];
  private rests = true;

  constructor(most: number) {
    this.corners = [
      [-most, -most],
      [most, -most],
      [most, most],
      [-most, most],
    ];
  }

  /** Keeps where a·u + b·I + c ≥ 0. */
  keep([a, b, c]: readonly [number, number, number]): void {
    const side = ([u, I]: Point): number => a * u + b * I + c;
    if (c < 0) this.rests = false;
    this.corners = this.corners.flatMap((corner, k, all) => {
      const next = all[(k + 1) % all.length];
      const [here, there] = [side(corner), side(next)];
      const kept = here >= 0 ? [corner] : [];
      if (here >= 0 === there >= 0) return kept;
      const part = here / (here - there);
      const between = (n: 0 | 1): number => corner[n] + part * (next[n] - corner[n]);
      return [...kept, [between(0), between(1)] as const];
    });
  }

  /** Rest where it is left, or the middle of the corners. */
  point(): Point | undefined {
    const { corners } = this;
    if (this.rests) return [0, 0];
    if (corners.length === 0) return undefined;
    const middle = (n: 0 | 1): number => corners.reduce((sum, corner) => sum + corner[n], 0) / corners.length;
    return [middle(0), middle(1)];
  }
}

/** A start from which the spikes and potentials of a record may follow; `undefined` if there is none, or no spikes are recorded. */
export function startOf(
  layer: NirLayer,
  { convention }: NirTiming,
  dt: number,
  inputs: readonly Floats[],
  { spikes, potentials }: NirRecord,
): NirStart | undefined {
  if (!spikes) return undefined;
  // From rest, and from 1 in u and in I: their differences are what a start adds.
  const [rest, fromU, fromI] = [0, 1, 2].map(() => new NirStepper(layer, convention, dt, real));
  for (let i = 0; i < fromU.state.u.length; i++) fromU.state.u[i] = fromU.state.u[i] + 1;
  fromI.state.I.fill(1);
  const { θ } = rest.constants;
  const starts = Array.from(θ, (most) => new Starts(1024 * most));
  const start = { u: Float64Array.from(rest.state.u), I: Float64Array.from(rest.state.I) };
  const bound = new NirBound(rest);
  const late = rest.convention.sends === 'sameStep' ? 0 : 1;
  const whole = rest.convention.spikes === 'whole';
  for (let t = 0; t < inputs.length; t++) {
    const recorded = spikes[t + late];
    bound.step(inputs[t]);
    const [U, byU, byI] = [rest, fromU, fromI].map((stepper) => {
      const compared = new Float64Array(θ.length);
      stepper.step(inputs[t], (u, i, own) => {
        compared[i] = u;
        return recorded ? recorded[i] : own;
      });
      return compared;
    });
    if (recorded)
      for (const [i, own] of starts.entries()) {
        const [a, b, count] = [byU[i] - U[i], byI[i] - U[i], recorded[i]];
        if (count > 0) own.keep([a, b, U[i] - count * θ[i]]);
        if (count === 0 || whole) own.keep([-a, -b, (count + 1) * θ[i] - U[i]]);
      }
    bound.settle();
    if (potentials)
      for (const [i, own] of starts.entries()) {
        const [u, a, b] = [rest, fromU, fromI].map(({ state }) => state.u[i]);
        if (Number.isNaN(potentials[t][i])) continue;
        const [error, radius] = [u - potentials[t][i], 4 * bound.u[i] + 2 ** -20 * Math.abs(u)];
        own.keep([a - u, b - u, error + radius]);
        own.keep([u - a, u - b, radius - error]);
      }
  }
  for (const [i, own] of starts.entries()) {
    const point = own.point();
    if (!point) return undefined;
    start.u[i] += point[0];
    start.I[i] += point[1];
  }
  return start;
}
