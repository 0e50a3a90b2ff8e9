/** Whether right implementations are called wrong: sums in other orders, fused, by pairs, in binary64, by Eq. 8. */
import { binary32, real } from '../../spec/arithmetic.ts';
import { implementations } from './implementations.ts';
import { drawWorld, judge, stream } from './planted.ts';
import { byEquation8, made, shaped, worldOf, type World } from './worlds.ts';
import { drawVariant } from './planted.ts';
import { check } from '../../src/oracle/oracle.ts';

/** A run from a number: a network, a batch, an implementation, a precision, and which arrays of it are supplied. */
export function runAlarm(seed: number): string | undefined {
  const next = stream(seed ^ 0xa1a12);
  const pick = <V>(list: readonly V[]): V => list[Math.floor(next() * list.length)];
  const name = pick(Object.keys(implementations));
  const precision = pick([binary32, binary32, real]);
  const world: World =
    next() < 0.1
      ? drawWorld(seed)
      : worldOf(
          seed,
          Math.floor(next() * 4),
          drawVariant(seed),
          pick([1, 0.5, 0.9]),
          next() < 0.5,
          pick(['adam', 'sgd']),
        );
  const isByEquation8 = next() < 0.25;
  const change = isByEquation8 ? byEquation8(world, precision) : undefined;
  const all = made(world, precision, implementations[name], change);
  const keepsAll = next() < 0.5;
  const kept = [...all].filter(([key]) => keepsAll || world.given.has(key) || key === 'loss' || next() < 0.5);
  const arrays = new Map(kept);
  const free = next() < 0.25;
  const report = free
    ? check({
        network: { ...world.description, variant: world.variant },
        optimiser: world.optimiser,
        arrays: shaped(world, arrays),
        mistakes: [],
        free,
      })
    : judge(world, arrays, []);
  if (report.verdict !== 'differs') return undefined;
  const wrong = report.steps[0].findings.filter(({ verdict }) => verdict === 'differs');
  return `seed ${seed}, ${name}, ${precision.name}: ${wrong.map(({ key, bounds }) => `${key} ${bounds}`).join(', ')}`;
}
