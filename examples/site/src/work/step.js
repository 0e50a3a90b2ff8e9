/** Checks a recorded training step against the equations, or makes a small step with a planted mistake and checks it. */
import { InputError } from 'asf-bp/errors';
import { expectedSurrogate, judgeSurrogate } from 'asf-bp/oracle/surrogate/check';
import { frameworks } from '../planted.js';

const mostBytes = 2 ** 30;
/** Numbers of steps and samples, and of neurons from the input to the output. */
const [T, B, sizes] = [20, 3, [12, 10, 4]];

/** The last checked step, with the recorded and the expected arrays. */
let last;

/** Numbers from 0 to 1, which depend only on the seed (mulberry32). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The input, label and weights of a framework's small step, and their description. */
export function smallStep(framework, seed = 7) {
  const { neuron, args, surrogate, loss, weights } = frameworks[framework];
  const random = randomOf(seed);
  const numbers = (shape, scale) => ({
    dtype: 'F32',
    shape,
    data: Float32Array.from(
      { length: shape.reduce((all, side) => all * side, 1) },
      () => scale * (2 * random() - 1),
    ),
  });
  const [n] = sizes;
  const spikes = Uint8Array.from({ length: T * B * n }, () => Number(random() < 0.4));
  const arrays = new Map([
    ['input', { dtype: 'U8', shape: [T, B, n], data: spikes }],
    ['label', { dtype: 'U8', shape: [B], data: Uint8Array.from({ length: B }, (_, k) => k) }],
  ]);
  for (const [k, to] of sizes.slice(1).entries()) {
    arrays.set(`layer${k + 1}.weight`, numbers([to, sizes[k]], weights));
    arrays.set(`layer${k + 1}.bias`, numbers([to], weights / 4));
  }
  const neurons = { op: 'neuron', neuron, args, surrogate };
  const ops = sizes.slice(1).flatMap(() => [{ op: 'linear' }, neurons]);
  return { arrays, words: { framework, ops, loss: { name: loss } } };
}

/** Makes a small step, with or without a mistake, and checks it. */
export function plantStep({ framework, mistake, numbers }, onProgress) {
  const { arrays, words } = smallStep(framework);
  const made = expectedSurrogate(arrays, words, { mistake, numbers });
  return judged(
    { arrays: new Map([...arrays, ...made]), words },
    'The small step',
    judgeSurrogate,
    onProgress,
  );
}

/** Checks the step in a file. */
export async function checkStep({ file }, onProgress) {
  if (file.size > mostBytes)
    throw new InputError(
      `${file.name}: expected at most 1 GiB, got ${(file.size / mostBytes).toFixed(1)} GiB`,
    );
  // Loads the code that reads files, and that describes unknown differences, with the first file.
  const [{ readSupplied }, { checkSurrogate }] = await Promise.all([
    import('asf-bp/oracle/files/supplied'),
    import('asf-bp/oracle/surrogate/describe'),
  ]);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const step = readSupplied(bytes, file.name);
  const { ops } = step.words;
  if (!Array.isArray(ops) || !ops.every((op) => typeof op === 'object' && op !== null))
    throw new InputError(
      `${file.name}: expected a step by surrogate gradients, as asfbp_record.py writes it, got a file without a description; the command asf-bp check checks other steps`,
    );
  try {
    return judged(step, file.name, checkSurrogate, onProgress);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file.name}: its description cannot be read: ${error.message}`, { cause: error });
  }
}

function judged({ arrays, words }, name, check, onProgress) {
  last = undefined;
  const began = performance.now();
  const answer = check(arrays, words, name, (doing, part, done, of) =>
    onProgress?.({ doing, part, done, of }),
  );
  const seconds = (performance.now() - began) / 1000;
  const [{ findings, diagnoses, notChecked, unknown }] = answer.steps;
  last = { arrays, words, axes: arrays.get('input').shape.slice(0, 2) };
  const { verdict, as, untold, compared } = answer;
  return { name, seconds, verdict, as, untold, compared, findings, diagnoses, notChecked, unknown };
}

/** The arrays that the equations compute from input, label and weights. Empty if they cannot, for example for recurrent layers. */
function expectedOf(step) {
  try {
    step.expected ??= expectedSurrogate(step.arrays, step.words);
  } catch {
    step.expected = new Map();
  }
  return step.expected;
}

/** Limit on the rows and columns of a picture. */
const mostSide = 256;

/**
 * Returns an array of the last checked step as a picture. For one sample, rows are neurons and columns are steps. For a weight, rows are
 * outputs and columns are inputs.
 *
 * @param at indices of the first number that differs
 */
export function pictureOf({ key, at }) {
  const got = last?.arrays.get(key);
  if (!got) throw new InputError(`${key}: expected an array of the step, got none`);
  const expected = expectedOf(last).get(key);
  const isOverTime = !/\.(dw|db|drecurrent)$|^loss$/.test(key);
  const [steps, samples] = last.axes;
  const sample = at?.sample ?? 0;
  const size = got.data.length;
  const layout = isOverTime
    ? { rows: size / steps / samples, columns: steps }
    : {
        rows: got.shape.length > 1 ? got.shape[0] : 1,
        columns: got.shape.length > 1 ? size / got.shape[0] : size,
      };
  const placeOf = (row, column) =>
    isOverTime ? (column * samples + sample) * layout.rows + row : row * layout.columns + column;
  const first = at && firstIn(got.shape, at, isOverTime, layout);
  // A large picture is cut to the part around the first number that differs.
  const window = (count, around) => {
    const from = Math.max(0, Math.min(count - mostSide, around - mostSide / 2));
    return [from, Math.min(count, from + mostSide)];
  };
  const [top, bottom] = window(layout.rows, first?.row ?? 0);
  const [left, right] = window(layout.columns, first?.column ?? 0);
  const cut = (array) => {
    const data = new Float64Array((bottom - top) * (right - left));
    for (let row = top, k = 0; row < bottom; row++)
      for (let column = left; column < right; column++) data[k++] = Number(array.data[placeOf(row, column)]);
    return data;
  };
  return {
    key,
    isOverTime,
    sample,
    samples,
    rows: [top, bottom, layout.rows],
    columns: [left, right, layout.columns],
    first: first && { row: first.row - top, column: first.column - left },
    got: cut(got),
    expected: expected && expected.data.length === size ? cut(expected) : undefined,
  };
}

/** The row and column of a number with these indices. */
function firstIn(shape, { t, neuron }, isOverTime, { columns }) {
  const dims = isOverTime ? shape.slice(2) : shape;
  const index = neuron.reduce((sum, k, d) => sum * (dims[d] ?? 1) + k, 0);
  if (isOverTime) return { row: index, column: t ?? 0 };
  return { row: Math.floor(index / columns), column: index % columns };
}
