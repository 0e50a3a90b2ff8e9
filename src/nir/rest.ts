/** Looks for a rest after each spike with which a recorded layer follows a convention: a refractory period, which NIR does not have. */
import type { NirLayer } from './chain.ts';
import { followLayer, isDecided, type NirFollowed, type NirRecord, type Seen } from './follow.ts';
import type { NirMistake } from './mistake.ts';

/** How many lengths of a rest are tried. */
const most = 64;

/** A rest with the potential held, and one that only keeps neurons from firing, where they explain the record. */
export function* otherRest({ layer, timing, dt, inputs, record }: Seen): Generator<NirMistake> {
  const follow = (to: NirLayer): NirFollowed => followLayer(to, timing, dt, inputs, record);
  const { first } = follow(layer);
  const pause = first && stepsSince(record, first.neuron, first.step);
  if (!pause) return;
  const longest = Math.min(pause + most - 1, leastPause(record));
  const { resetWhen } = timing.convention.neurons[layer.parameters.kind];
  // A spike that is reset later leaves no potential to hold.
  for (const isHeld of resetWhen === 'sameStep' ? [true, false] : [false]) {
    const fitting: number[] = [];
    for (let steps = pause; steps <= longest; steps++) {
      const found = follow({ ...layer, rest: { steps, isHeld } });
      if (!found.first && isDecided(found)) fitting.push(steps);
      else if (fitting.length > 0 || (found.first && found.first.step <= first.step)) break;
    }
    const [least] = fitting;
    if (least === undefined) continue;
    const length = fitting.length > 1 ? `${least} to ${fitting[fitting.length - 1]}` : String(least);
    const meanwhile = isHeld ? 'and its input is lost meanwhile' : 'and its potential goes on meanwhile';
    yield {
      id: 'rest',
      says: `it rests for ${length} ${length === '1' ? 'step' : 'steps'} after a spike (a refractory period), ${meanwhile}`,
      convention: timing.convention,
      layer: { ...layer, rest: { steps: least, isHeld } },
      tier: 1,
    };
  }
}

/** Steps from the last recorded spike of a neuron before a step; `undefined` if there is none. */
function stepsSince({ spikes }: NirRecord, neuron: number, step: number): number | undefined {
  for (let t = step - 1; t >= 0; t--) if (spikes?.[t]?.[neuron]) return step - t;
  return undefined;
}

/** Fewest steps without a spike between two spikes of a neuron. */
function leastPause({ spikes = [] }: NirRecord): number {
  let least = Infinity;
  const last = new Map<number, number>();
  for (const [t, row] of spikes.entries())
    for (let i = 0; i < row.length; i++) {
      if (row[i] === 0) continue;
      least = Math.min(least, t - (last.get(i) ?? -Infinity) - 1);
      last.set(i, t);
    }
  return least;
}
