/** A few numbers of a layer, computed alone, are those of the whole layer, mistaken or not. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { neuronsOf, weightsOf, type Reached } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { cropped, type Crop } from '../../src/oracle/crop.ts';
import { plant } from '../../src/oracle/mistakes/plant.ts';
import { mistakes } from '../../src/oracle/mistakes/mistakes.ts';
import { croppedKnown } from '../../src/oracle/narrow.ts';
import { settingOf, situationOf, type StagePart, type Setting } from '../../src/oracle/stagePart.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { drawWorld } from './planted.ts';
import { made } from './worlds.ts';

const manner = { bounds: true, follow: new Map(), branch: 'open' } as const;

/** The parts whose outputs a crop is of. */
const parts = (setting: Setting, { n, what }: Crop): StagePart[] =>
  buildParts(setting).filter(({ id }) => {
    if (what === 'neurons') return [`current.${n}`, `neuron.${n}`, `flow.${n}.FI`].includes(id);
    return id === (what === 'weights' ? `backward.${n}.dw` : `backward.${n - 1}.dFO`);
  });

it.each([
  ['neurons', 1],
  ['neurons', 3],
  ['inputs', 2],
  ['inputs', 4],
  ['weights', 1],
  ['weights', 4],
] as const)('%s of layer %i', (what, n) => {
  const world = drawWorld(0);
  const { description, variant, B } = world;
  const setting = settingOf(situationOf(description, variant, real, B));
  const layer = setting.network.layers[n - 1];
  const count = {
    neurons: neuronsOf(layer.output),
    inputs: neuronsOf(layer.input),
    weights: weightsOf(layer),
  };
  const crop: Crop = { n, what, places: [0, 2, count[what] - 1] };
  const small = { ...setting, crop };
  const all = made(world);
  const known = { base: exactly(all), made: all, between: new Map() };
  const fewKnown = croppedKnown(known, setting, crop);
  expect(cropped(layer, what, crop)).not.toBe(layer);
  const tried = [
    undefined,
    ...mistakes.filter(({ id }) => /kernel-|weights-|flattened|padding|pool-/.test(id)),
  ];
  for (const mistake of tried) {
    const planted = (part: StagePart, where: Setting): StagePart =>
      (mistake && plant(mistake, part, where)) ?? part;
    for (const [at, part] of parts(setting, crop).entries()) {
      const whole = planted(part, setting).run(known.base, manner);
      const few = planted(parts(small, crop)[at], small).run(fewKnown.base, manner);
      const expected = croppedKnown({ ...known, base: whole }, setting, crop).base;
      for (const [key, { value }] of few) expect([key, ...value]).toEqual([key, ...expected.get(key)!.value]);
    }
  }
});

it('a layer shows a crop of it alone, in what the crop is of: only its neurons and synapses', () => {
  const { description, variant, B } = drawWorld(0);
  const [layer, next] = settingOf(situationOf(description, variant, real, B)).network.layers;
  const crop: Crop = { n: 1, what: 'weights', places: [0, 2] };
  expect(cropped(layer, 'weights', undefined)).toBe(layer);
  expect(cropped(layer, 'inputs', crop)).toBe(layer);
  expect(cropped(next, 'weights', crop)).toBe(next);
  const [few, plain] = [cropped(layer, 'weights', crop).synapses, layer.synapses];
  for (let from = 0; from < neuronsOf(layer.input); from++) {
    const synapsesOf = ({ i, k, count }: Reached) => Array.from({ length: count }, (_, n) => [i[n], k[n]]);
    const all = synapsesOf(plain.outOf(from)).map(([i, k]) => [i, crop.places.indexOf(k)]);
    expect(synapsesOf(few.outOf(from))).toEqual(all.filter(([, place]) => place >= 0));
  }
});

it.each([true, false])('neurons of a layer keep their biases, where it has any (%s)', (bias) => {
  const input = { channels: 1, height: 2, width: 2 };
  const layers = [{ kind: 'convolution', channels: 2, kernel: 1, bias }] as const;
  const description = { input, timeWindow: 1, threshold: 1, layers };
  const [layer] = settingOf(situationOf(description, paper, real, 1)).network.layers;
  const few = cropped(layer, 'neurons', { n: 1, what: 'neurons', places: [3, 4] });
  // Weights 0 and 1 are the kernels; the biases of channels 0 and 1 come after them.
  expect([...few.bias]).toEqual(bias ? [2, 3] : []);
});
