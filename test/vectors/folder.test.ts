/** `asf-bp check DIR` judges each case of a folder of vectors that has a result, and names those without. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { keyOf } from '../../src/oracle/keys.ts';
import { epochDraft, trainEpoch } from './generator/epoch.ts';
import { authors } from '../../spec/variant.ts';
import { asfbp, fresh, refusalOf } from '../command/command.ts';

const vectors = fileURLToPath(new URL('../../spec/vectors/authors', import.meta.url));

/** What a right implementation makes of a case. */
function answer(folder: string): Map<string, AnyTensor> {
  const arrays = [...readNpz(readFileSync(join(folder, 'case.npz')), 'case.npz')];
  return new Map(
    arrays.flatMap(([name, array]) =>
      name.startsWith('expected.') ? [[name.slice(9), array] as const] : [],
    ),
  );
}

it('judges each case that has a result, and names what it could not judge', async () => {
  const folder = join(fresh(), 'vectors');
  cpSync(vectors, folder, { recursive: true });
  const put = (name: string, change: (array: Tensor, key: string) => void = () => {}): void => {
    const made = answer(join(folder, name));
    for (const [key, array] of made) change(array as Tensor, key);
    writeFileSync(join(folder, name, 'result.npz'), writeNpz(made));
  };
  expect(refusalOf(await asfbp(['check', folder]))).toMatch(/expected result.npz/);

  put('neuron/at-threshold');
  put('neuron/either');
  put('backward/any-pools');
  put('step/any-dense');
  const weights = trainEpoch(epochDraft('authors', authors, 'pools', 1));
  const after = [1, 4].map((n, place): [string, AnyTensor] => {
    const data = weights[place];
    return [keyOf(n, 'weight.after'), { dtype: 'F32', shape: [data.length], data }];
  });
  writeFileSync(join(folder, 'epoch/ten-pools-1/result.npz'), writeNpz(after));
  const right = await asfbp(['check', folder]);
  expect({ code: right.code, last: right.out.trimEnd().split('\n').at(-1) }).toEqual({
    code: 0,
    last: expect.stringMatching(/: 5 of 5 cases agree; \d+ without result, not checked$/),
  });

  put('neuron/at-threshold', ({ data }, key) => {
    if (key === 'layer1.spikes') data[1] = 1;
  });
  const wrong = await asfbp(['check', folder]);
  expect(wrong.code).toBe(1);
  expect(wrong.out).toMatch(/4 of 5 cases agree/);
  expect(wrong.out).toMatch(/authors\/neuron\/at-threshold.*differs, first in neuron/);
});
