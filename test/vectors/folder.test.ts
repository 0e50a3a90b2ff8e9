/** `asf-bp check DIR` checks each vector in DIR that has a result, and reports the vectors without one. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { keyOf } from '../../src/oracle/keys.ts';
import { epochDraft, trainEpoch } from './generator/epoch.ts';
import { authors } from '../../spec/variant.ts';
import { asfbp, fresh, refusalOf } from '../command/command.ts';

const vectors = fileURLToPath(new URL('../../spec/vectors/authors', import.meta.url));

/** The right answer to a case. */
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
  expect(wrong.out).toMatch(/1 array differs: layer1\.spikes .*\n *authors\/neuron\/at-threshold/);
});

describe('a case in fixed point', () => {
  const name = 'neuron/fixed-8-4-truncate-saturate';
  const given = join(vectors, name, 'case.npz');
  const mine = (change: (array: Tensor, key: string) => void = () => {}): string => {
    const file = `${fresh()}.npz`;
    const made = answer(join(vectors, name));
    for (const [key, array] of made) change(array as Tensor, key);
    writeFileSync(file, writeNpz(made));
    return file;
  };

  it('is judged by its own numbers with --inputs as in its folder', async () => {
    const right = await asfbp(['check', mine(), '--inputs', given]);
    expect(right).toMatchObject({ code: 0, out: expect.stringMatching(/: 1250 numbers agree\n$/) });
    const wrong = mine(({ data }, key) => {
      if (/^layer1\.(potential|spikes)$/.test(key)) data[67] = 3;
    });
    const { code, out } = await asfbp(['check', wrong, '--inputs', given]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /: layer1\.\w+ DIFFERS first at \[(\d, ){4}\d\]: expected \d+, got \d+; so do? layer1\.\w+\nlayer 1: no known mistake that is tried explains it\n$/,
    );
    const { out: json } = await asfbp(['check', wrong, '--inputs', given, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      file: wrong,
      verdict: 'differs',
      explanation: { n: 1, explains: [] },
    });
  });

  it('says what was not judged, and what was not supplied; another shape is refused', async () => {
    const made = answer(join(vectors, name));
    const put = (arrays: [string, AnyTensor][]): string => {
      const file = `${fresh()}.npz`;
      writeFileSync(file, writeNpz(arrays));
      return file;
    };
    const spikes = made.get('layer1.spikes')!;
    const misspelt = await asfbp([
      'check',
      put([
        ['layer1.spikes', spikes],
        ['layer1.spike', spikes],
      ]),
      '--inputs',
      given,
    ]);
    expect(misspelt.code).toBe(3);
    expect(misspelt.out).toMatch(
      /numbers agree; not judged, as the case has none of these: layer1\.spike; not supplied: layer1\.compared, /,
    );
    const flat = { ...spikes, shape: [spikes.data.length] } as AnyTensor;
    expect((await asfbp(['check', put([['layer1.spikes', flat]]), '--inputs', given])).code).toBe(0);
    const turned = { ...spikes, shape: [...spikes.shape].reverse() } as AnyTensor;
    expect(refusalOf(await asfbp(['check', put([['layer1.spikes', turned]]), '--inputs', given]))).toMatch(
      /"layer1\.spikes" expected a shape \[5, 2, 2, 4, 4\], or so many numbers, got \[4, 4, 2, 2, 5\]/,
    );
  });

  it('is refused where it would be taken for one of binary32', async () => {
    for (const command of [
      ['check', given],
      ['oracle', 'run', given, '--out', join(fresh(), 'out.npz')],
    ])
      expect(refusalOf(await asfbp(command))).toMatch(
        /expected numbers of binary32, got a case in fixed point/,
      );
  });

  it('an epoch is judged in its folder alone', async () => {
    const epoch = join(vectors, 'epoch/ten-pools-1/case.npz');
    expect(refusalOf(await asfbp(['check', mine(), '--inputs', epoch]))).toMatch(
      /expected a case of one step, got an epoch; put result\.npz beside/,
    );
  });
});
