/** A slice has a range of the samples of a data set, renumbered from 0. */
import { expect, test } from 'vitest';
import { images, sliceOf } from '../../src/data/dataset.ts';

test('a slice has the inputs and labels of its samples', () => {
  const shape = { channels: 1, height: 1, width: 1 };
  const whole = images('six', shape, Uint8Array.of(0, 51, 102, 153, 204, 255), [5, 4, 3, 2, 1, 0]);
  const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
  const part = sliceOf(whole, 2, 5);
  expect(part).toMatchObject({ name: 'six', shape, length: 3 });
  for (const i of [0, 1, 2]) {
    expect(part.label(i)).toBe(3 - i);
    expect(part.input(i, draw)).toEqual(whole.input(2 + i, draw));
  }
  expect(sliceOf(whole, 4).length).toBe(2);
});
