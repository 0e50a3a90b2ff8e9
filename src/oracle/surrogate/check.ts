/** The check of a training step by surrogate gradients. */
import { neuronsOf } from '../../../spec/network.ts';
import type { Values } from '../../engine/rounding.ts';
import type { Ball } from '../../engine/stage.ts';
import type { Place } from '../judge.ts';
import type { Explanation } from '../name.ts';
import { digits } from '../rows.ts';
import { ballsOf, checkKind, type StepFindings, type Tell } from '../step.ts';
import { shapesOf, type SurrogateStep } from './file.ts';
import { mistakesOf } from './mistakes/mistakes.ts';
import { keyOf, type SurrogateModel } from './model.ts';
import { bySurrogates } from './steps.ts';

/** Whether a key is an input of the step; the program computed all other recorded arrays. */
export const isEntering = (key: string): boolean =>
  /^(input|label)$|\.(input|weight|bias|recurrent|recurrent_bias)$/.test(key);

/** The recorded arrays for a run: recorded spikes return to their neurons, whether right or wrong. */
export function startOf({ layers }: SurrogateModel, arrays: ReadonlyMap<string, Values>): Map<string, Ball> {
  const there = ballsOf(arrays);
  for (const { n, recurrent } of layers) {
    const spikes = recurrent && there.get(keyOf(n, 'spikes'));
    if (spikes) there.set(keyOf(n, 'back'), spikes);
  }
  return there;
}

const equations: Readonly<Record<string, string>> = {
  spikes: 'e = u > θ',
  mem: 'u = λ·v + g·I + c',
  current: 'x = W·o + b',
  dcurrent: 'dx = a·dI',
  dspikes: 'E = Wᵀ·dx',
  dmem: '∂L/∂u',
  dw: 'dW = Σ dx·oᵀ',
  db: 'db = Σ dx',
  drecurrent: 'dV = Σ dx·eᵀ',
};

/** The places of a step's arrays, for the judge. */
function placesOf(model: SurrogateModel): Map<string, Place> {
  const last = model.layers.length;
  return new Map(
    [...shapesOf(model)].map(([key, shape]) => {
      const [head, what = head] = key.split('.');
      const isWeight = /^(weight|dw|recurrent|drecurrent)$/.test(what);
      const map = shape.length > 3 ? ['channel', 'row', 'column'] : ['neuron'];
      const axes = isWeight
        ? ['output', 'input', 'row', 'column']
        : /^(bias|db|d?recurrent_bias|loss)$/.test(what)
          ? ['output']
          : what === 'label'
            ? ['sample']
            : ['step', 'sample', ...map];
      const n = Number(/^layer(\d+)/.exec(head)?.[1] ?? 0);
      const place: Place = {
        key,
        n,
        shape,
        axes: axes.slice(0, shape.length),
        equation: n === last && what === 'dspikes' ? 'E = ∂L/∂z' : (equations[what] ?? ''),
        isSpikes: what === 'spikes',
      };
      return [key, place];
    }),
  );
}

/** Checks a step. */
export function checkSurrogateStep(
  { model, arrays }: Pick<SurrogateStep, 'model' | 'arrays'>,
  tell: Tell = () => {},
  isNamed = true,
): StepFindings {
  const { T, B, layers } = model;
  const found: StepFindings = checkKind({
    kind: bySurrogates,
    mistakes: isNamed ? mistakesOf(model) : [],
    model,
    there: startOf(model, arrays),
    made: new Set([...arrays.keys()].filter((key) => !isEntering(key))),
    places: placesOf(model),
    constants: [
      ['T', T],
      ['B', B],
      ['classes', neuronsOf(layers[layers.length - 1].synapse.to)],
      ...layers.map(({ n, layer }) => [`θ of layer ${n}`, layer.neuron.θ] as const),
    ],
    tell,
  });
  return withOverflows(withoutChance(found, layers.length), model);
}

/** Findings with other explanations of some stages. */
const explainedAs = (
  found: StepFindings,
  isOf: (part: string) => boolean,
  explain: (own: readonly Explanation[]) => readonly Explanation[],
): StepFindings => {
  const diagnoses = found.diagnoses.map((own) =>
    isOf(own.part) ? { ...own, explains: explain(own.explains) } : own,
  );
  return {
    ...found,
    diagnoses,
    findings: found.findings.map((finding) => {
      const its = diagnoses.find(({ part }) => part === finding.part);
      if (!its || !isOf(finding.part) || !finding.explanations) return finding;
      const explanations = its.explains.map(({ id }) => id);
      const { description, ...rest } = finding;
      const isDescribed = description !== undefined && explanations.length === 0;
      return { ...rest, explanations, ...(isDescribed && { description }) };
    }),
  };
};

/** Removes chance explanations of the loss, a single number: they must also explain the last gradient, if that differs. */
function withoutChance(found: StepFindings, N: number): StepFindings {
  const last = found.diagnoses.find(({ part }) => part === `dw.${N}`);
  if (!last) return found;
  const isSure = ({ id }: Explanation): boolean => last.explains.some((each) => each.id === id);
  return explainedAs(
    found,
    (part) => part === 'loss.0',
    (own) => own.filter(isSure),
  );
}

/** Explains NaN gradients by the first overflow of e^(−k·y) in a surrogate in binary32, such as snnTorch's sigmoid. */
function withOverflows(found: StepFindings, { layers, B }: SurrogateModel): StepFindings {
  const { judged, diagnoses } = found;
  const isLost = (part: string): boolean =>
    judged.findings.some((each) => each.part === part && Number.isNaN(each.first?.got));
  if (!diagnoses.some(({ part }) => isLost(part))) return found;
  for (const { n, name, layer } of [...layers].reverse()) {
    const [term] = layer.surrogate;
    const y =
      name.startsWith('snntorch.') && term?.form === 'sigmoid'
        ? judged.run.find(keyOf(n, 'distance'))?.v
        : undefined;
    const at = y?.findIndex((each: number) => -term.k * each > largestExponent) ?? -1;
    if (!y || at < 0) continue;
    const [t, b, i] = [Math.floor(at / (B * layer.size)), Math.floor(at / layer.size) % B, at % layer.size];
    const says = `e^(−k·y) of the surrogate overflows, and so a gradient is no number: first at step ${t}, sample ${b}, neuron ${i} of layer ${n}, where u − θ is ${digits(y[at])}.`;
    return explainedAs(found, isLost, () => [{ id: 'surrogate-overflows', says }]);
  }
  return found;
}

/** The exponent beyond which e^x overflows in binary32. */
const largestExponent = Math.log(2 ** 128);
