/** The equations of a training step, line by line, as in `spec/surrogateGradient.ts`. Finds the line of an array or a mistake. */

/** The gradients that the loss passes to the last layer (`spec/surrogateLoss.ts`). */
const lossLine = {
  head: 'loss',
  parts: ['E^t = ∂L/∂e^t of the last layer', 'M^t = ∂L/∂u^t where its potentials are read'],
};

/** @param text text of the file, whose first comment has the equations between two lines of backticks */
export function linesOf(text) {
  const [, block] = /```\n([^]*?)\n \* ```/.exec(text);
  const lines = block.split('\n').map((line) => {
    const [head, rest] = [line.slice(3, 13).trim(), line.slice(13).trim()];
    return { head, parts: rest.split(/\s{3,}/) };
  });
  const where = lines.findIndex(({ head }) => head === 'where');
  return [...lines.slice(0, where), lossLine, ...lines.slice(where)];
}

const arrays = {
  current: 'x^t =',
  mem: 'u^t =',
  spikes: 'e^t =',
  dcurrent: 'dx^t =',
  dmem: 'M^t =',
  dw: 'dW =',
  db: 'db =',
  drecurrent: 'dV =',
  loss: 'E^t =',
};

/**
 * The beginning of the line that computes an array.
 *
 * @param key name of the array, such as `layer2.dw`
 * @param layers number of layers. The loss computes `dspikes` of the last layer; for other layers, the next layer does
 */
export function lineOfArray(key, layers) {
  const [head, what = head] = key.split('.');
  if (what === 'dspikes') return head === `layer${layers}` ? 'E^t =' : 'E of the layer before';
  return arrays[what];
}

const mistakes = [
  [/^(first-step|one-step-late|input|weight|bias)/, 'x^t ='],
  [/^dw/, 'dW ='],
  [/^db/, 'db ='],
  [/^spikes-detached/, 'E of the layer before'],
  [/^surrogate/, 'δ^t ='],
  [/^(resetGradient|potential-detached|no-leak-backward|reset-not-in-backward|time-cut)/, 'P^t ='],
  [/^reset/, 'v = R'],
  [/^(leak|time-step|no-gain|gain)/, 'u^t ='],
  [/^(threshold|fires|spikes=)/, 'e^t ='],
  [/^(loss|label)/, 'E^t ='],
];

/** The beginning of the line that a mistake changes, if known. */
export const lineOfMistake = (id) => mistakes.find(([ids]) => ids.test(id))?.[1];
