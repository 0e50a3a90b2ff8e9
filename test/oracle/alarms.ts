/**
 * False alarms: finds correct implementations that are reported as wrong. They sum in other orders, fused, by pairs, by Eq. 8,
 * with flushed subnormals, or in binary64. Some store binary64 as binary32.
 */
import { binary32, real } from '../../spec/arithmetic.ts';
import { computationOf } from '../../src/oracle/asf/steps.ts';
import { carriedOut, implementations } from './implementations.ts';
import { drawAny, judge, pickOf, stream, verdictOf } from './planted.ts';
import { byEquation8, made, modelIn, type World } from './worlds.ts';

export interface Alarm {
  readonly verdict: 'agrees' | 'differs' | 'undecided';
  /** Which arrays were recorded, in words. */
  readonly subset: string;
  readonly note: string;
}

/** Checks a run that is drawn from a seed: network, batch, implementation, precision, and recorded arrays. */
export function runAlarm(seed: number): Alarm {
  const next = stream(seed ^ 0xa1a12);
  const pick = pickOf(next);
  const name = pick(Object.keys(implementations));
  const precision = pick([binary32, binary32, real]);
  const drawn = drawAny(seed, next, 0.1);
  const world = name === 'subnormals flushed' ? withTinyWeights(drawn) : drawn;
  const isByEquation8 = next() < 0.25;
  const model = carriedOut(modelIn(world), name);
  const all = made(world, precision, isByEquation8 ? byEquation8(model) : computationOf(model));
  const subset = pick(['all', 'any', 'spikes and any', 'spikes, dw, weights']);
  const kept = [...all].filter(([key]) => world.given.has(key) || isKept(key, subset, next));
  const isStored = precision === real && next() < 0.5;
  const arrays = new Map(
    [...kept, ['loss', all.get('loss')!] as const].map(([key, values]) => [
      key,
      isStored && values instanceof Float64Array ? Float32Array.from(values) : values,
    ]),
  );
  const report = judge(world, arrays, []);
  const verdict = verdictOf(report);
  const findings = report.findings.filter((each) => each.verdict === verdict);
  const notes = findings.map(({ key, bounds, open, needs = '' }) => `${key} ${bounds} ${open} ${needs}`);
  const lacking = report.notChecked
    .filter(({ needs = [] }) => needs.length > 0)
    .map(({ key, why }) => `${key} ${why}`);
  return {
    verdict,
    subset,
    note: `seed ${seed}, ${name}, ${precision.name}${isStored ? ' stored as binary32' : ''}: ${[...notes, ...lacking].join(', ')}`,
  };
}

/** A world in which every second weight of the last layer is so small that its products are subnormal. */
function withTinyWeights(world: World): World {
  const n = world.description.layers.length;
  const given = new Map(world.given);
  const key = `layer${n}.weight`;
  given.set(
    key,
    Float32Array.from(given.get(key)!, (w, i) => (i % 2 === 0 ? w : w * 2 ** -125)),
  );
  return { ...world, given };
}

function isKept(key: string, subset: string, next: () => number): boolean {
  const isDrawn = next() < 0.5;
  if (subset === 'all') return true;
  if (subset === 'any') return isDrawn;
  if (subset === 'spikes and any') return key.endsWith('.spikes') || isDrawn;
  return /\.(spikes|dw|weight\.after)$/.test(key);
}
