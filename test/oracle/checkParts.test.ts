/** How often a part is run: once where it is right, and no oftener than what differs needs. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { checkParts } from '../../src/oracle/checkParts.ts';
import { feedsOf } from '../../src/oracle/feeds.ts';
import type { Interval, Values } from '../../src/oracle/interval.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { Untold } from '../../src/oracle/untold.ts';

const description = {
  input: { channels: 1, height: 1, width: 1 },
  timeWindow: 1,
  threshold: 1,
  layers: [
    { kind: 'linear', units: 3 },
    { kind: 'linear', units: 2 },
  ],
} as const;
const setting = settingOf(situationOf(description, paper, real, 1));

/** What the neurons of layer 1 make of currents, against spikes that were recorded, and how often they are run. */
function judged(current: Interval, ...recorded: readonly number[]) {
  const neuron = buildParts(setting).find(({ id }) => id === 'neuron.1')!;
  let runs = 0;
  const counted: typeof neuron = {
    ...neuron,
    run(...given) {
      runs++;
      return neuron.run(...given);
    },
  };
  const made = new Map<string, Values>([['layer1.spikes', Uint8Array.from(recorded)]]);
  const base = new Map([['layer1.current', current], ...exactly(made)]);
  const feeds = feedsOf(base, made, 'reference');
  const [{ comparison }] = checkParts([counted], setting, feeds, {
    isDone: () => false,
    tell: () => {},
    untold: new Untold([]),
  });
  const { value, radius } = feeds.reference.get('layer1.spikes')!;
  return { runs, differing: comparison.differing, goesOn: [...value], within: radius && [...radius] };
}
const value = Float64Array.of(1, 3, 0);

it('a part that is right is run once, one that is wrong once more for what it is expected to make', () => {
  expect(judged({ value }, 1, 1, 0)).toEqual({ runs: 1, differing: 0, goesOn: [1, 1, 0], within: undefined });
  expect(judged({ value }, 1, 0, 0)).toEqual({ runs: 2, differing: 1, goesOn: [1, 1, 0], within: undefined });
});

it('and a third time where rounding leaves a spike open, of which wrong spikes say nothing', () => {
  const open = { value, radius: Float64Array.of(0.25, 0, 0) };
  for (const spike of [0, 1]) {
    expect(judged(open, spike, 1, 0)).toEqual({
      runs: 1,
      differing: 0,
      goesOn: [spike, 1, 0],
      within: undefined,
    });
    expect(judged(open, spike, 0, 0)).toEqual({
      runs: 3,
      differing: 1,
      goesOn: [1, 1, 0],
      within: [1, 0, 0],
    });
  }
});

it('what is wrong is told of the first sample that is, by its neurons', () => {
  const two = settingOf(situationOf(description, paper, real, 2));
  const part = buildParts(two).find(({ id }) => id === 'neuron.1')!;
  const made = new Map<string, Values>([['layer1.spikes', Uint8Array.of(1, 1, 0, 1, 0, 1)]]);
  const current = { value: Float64Array.of(1, 3, 0, 1, 3, 0) };
  const feeds = feedsOf(new Map([['layer1.current', current], ...exactly(made)]), made, 'reference');
  const manner = { isDone: () => false, tell: () => {}, untold: new Untold([]) };
  expect(checkParts([part], two, feeds, manner)[0].wrong).toEqual({ sample: 1, places: [1, 2] });
});
