/**
 * Checks a training step by surrogate gradients: reports differences, and mistakes that remain possible. Also computes such a
 * step.
 */
import { binary32, type Floats } from '../../../spec/arithmetic.ts';
import { neuronClasses } from '../../../spec/frameworks.ts';
import { digits, largest, type Values } from '../../engine/rounding.ts';
import { Replay } from '../../engine/run.ts';
import { checkCallback, checkRecord, nearest, refuse, show } from '../../errors.ts';
import type { Tensor } from '../../formats/tensor.ts';
import { oneLine } from '../../printable.ts';
import type { StepReport } from '../asf/check.ts';
import { isOff, type Judgement, type JudgeManner, type Slot } from '../judge.ts';
import { planted, type Diagnosis, type Explanation, type Mistake } from '../name.ts';
import { conclude, type CheckAnswer } from '../report.ts';
import { delayed } from '../rows.ts';
import { ballsOf, checkKind, type KindStep, type StepFindings, type Tell } from '../step.ts';
import { isRuledOut } from '../untold.ts';
import { openStep, placesOf, type StepArrays, type SurrogateStep } from './file.ts';
import { computePooled } from './maps.ts';
import { mistakesOf } from './mistakes/mistakes.ts';
import {
  dEnters,
  hasSynapse,
  keyOf,
  ofBefore,
  ofSamples,
  withPools,
  type SurrogateLayer,
  type SurrogateModel,
} from './model.ts';
import { bySurrogates, computationOf } from './steps.ts';

/** Whether a key is an input of the step; the program computed all other recorded arrays. */
const isEntering = (key: string): boolean =>
  /^(input|label)$|\.(input|weight|bias|recurrent|recurrent_bias|back|mask)$/.test(key);

/**
 * The factors by which a dropout multiplied the spikes, or pooled spikes, that enter a layer. All factors other than 0 are
 * equal. For silent neurons, only the recorded gradient shows whether the factor is 0. Undefined if there was no dropout.
 */
function maskOf(
  { n, before }: SurrogateLayer,
  arrays: ReadonlyMap<string, Values>,
): Float64Array | undefined {
  const [spikes, heard, gradient] = [keyOf(n - 1, 'spikes'), keyOf(n, 'input'), keyOf(n - 1, 'dspikes')].map(
    (key) => arrays.get(key),
  );
  if (!spikes || !heard || !gradient) return undefined;
  const sent = before.reduce<Floats>((o, pool) => computePooled(pool, o), Float64Array.from(spikes));
  const comesBack = before.reduce<Floats>(
    (d, pool) => computePooled({ ...pool, kind: 'sumpool' }, d),
    Float64Array.from(gradient, Math.abs),
  );
  if (sent.length !== heard.length) return undefined;
  const factors = Float64Array.from(heard, (value, i) => (sent[i] === 0 ? value : value / sent[i]));
  const scale = largest(factors);
  const isMask = factors.every(
    (k, i) => k === 0 || (sent[i] !== 0 && Math.abs(k / scale - 1) < leastRounding),
  );
  // It is a dropout only if a sent spike has the factor 0.
  const isDropped = factors.some((k, i) => k === 0 && sent[i] !== 0);
  if (!isMask || !isDropped || scale === 0) return undefined;
  return factors.map((k, i) => (sent[i] === 0 && comesBack[i] !== 0 ? scale : k));
}

/** Factors whose relative difference is less than this are the same factor, rounded. */
const leastRounding = 1e-6;

/**
 * The same step, with two kinds of further arrays that follow from recorded arrays: the recorded spikes of a recurrent layer,
 * even wrong ones; and the factors of a dropout before a layer. A layer with these factors has `isMasked`.
 */
export function withParts(step: SurrogateStep): SurrogateStep {
  const arrays = new Map(step.arrays);
  const layers = step.model.layers.map((one) => {
    const spikes = one.recurrent && arrays.get(keyOf(one.n, 'spikes'));
    if (spikes) arrays.set(keyOf(one.n, 'back'), spikes);
    const mask = one.isHeard ? maskOf(one, arrays) : undefined;
    if (!mask) return one;
    arrays.set(keyOf(one.n, 'mask'), mask);
    return { ...one, isMasked: true };
  });
  return { ...step, model: { ...step.model, layers }, arrays };
}

/** The slots of the arrays that `withParts` adds. */
const partsOf = (model: SurrogateModel): [string, Slot][] =>
  model.layers.flatMap(({ n, recurrent, isMasked }) => {
    const as = (what: string, like: string): [string, Slot][] => {
      const slot = placesOf(model).get(keyOf(n, like));
      return slot ? [[keyOf(n, what), { ...slot, key: keyOf(n, what), isSpikes: false }]] : [];
    };
    return [...(recurrent ? as('back', 'spikes') : []), ...(isMasked ? as('mask', 'input') : [])];
  });

/** Whether a loss on spikes also reads the potentials of the last layer. */
const readsBoth = ({ loss, layers }: SurrogateModel, arrays: ReadonlyMap<string, Values>): boolean =>
  loss?.on === 'spikes' && largest(arrays.get(keyOf(layers.length, 'dmem')) ?? []) > 0;

export function checkSurrogateStep(
  { model, arrays }: Pick<SurrogateStep, 'model' | 'arrays'>,
  tell: Tell = () => {},
  isNamed = true,
  inWords?: InWords,
): StepFindings {
  const slots = new Map([...placesOf(model), ...partsOf(model)]);
  return checkKind({
    kind: bySurrogates,
    mistakes: isNamed ? mistakesOf(model) : [],
    model,
    there: ballsOf(arrays),
    computed: new Set(
      [...arrays.keys()].filter((key) => !isEntering(key) && !(key === 'loss' && readsBoth(model, arrays))),
    ),
    slots,
    tell,
    explain: explainIn(model),
    describe: inWords?.describe(model, (key) => slots.get(key)),
  });
}

/**
 * Removes explanations that fit only by chance, or that another stage contradicts. If gradients are NaN because of an overflow,
 * names the overflow instead.
 */
const explainIn =
  (model: SurrogateModel): NonNullable<KindStep<SurrogateModel>['explain']> =>
  ({ part, explains }, all, judged) => {
    const n = model.layers.length;
    const [stage, number] = part.split('.');
    const at = Number(number);
    const isLost = judged.findings.some((each) => each.part === part && Number.isNaN(each.first?.got));
    const overflow = isLost ? overflowOf(model, judged) : undefined;
    if (overflow) return [overflow];
    const ofPart = (id: string): Diagnosis | undefined => all.find((each) => each.part === id);
    const isJudged = (id: string): boolean => judged.findings.some((each) => each.part === id);
    const textOf = ({ id, numbers }: Explanation): string => `${id} ${numbers}`;
    const ofBoth = (other: string): Explanation[] => {
      const its = ofPart(other)?.explains.map(textOf);
      return explains.filter((each) => its?.includes(textOf(each)));
    };
    if (part === 'loss.0') {
      // One number fits many losses: the first gradient decides.
      const next = [`gradient.${n}`, `backward.${n}`, `dw.${n}`].find(isJudged);
      return next ? ofBoth(next) : explains;
    }
    // What explains the gradient of the loss and also the loss is likelier than what explains one of them.
    const both = part === `gradient.${n}` ? ofBoth('loss.0') : [];
    if (both.length > 0) return both;
    const isOutside = (at < n || model.loss?.on === 'spikes') && judged.run.there.has(keyOf(at, 'dmem'));
    if (isOutside && explains.some(({ id }) => /^(potential|state)-detached/.test(id))) return [stateChanged];
    // If the forward pass is wrong and not explained, no mistake is named in the backward pass.
    if (stage === 'backward' && ofPart(`neuron.${at}`)?.explains.length === 0) return [];
    // Where a reset hides the potential, the gradient of a step follows from a state that was not recorded.
    const kept = ofPart(`neuron.${at}`)?.explains.filter(({ id }) => id.startsWith('state-kept')) ?? [];
    if (stage === 'backward' && explains.length === 0 && kept.length > 0 && isHidden(model, judged, at))
      return kept;
    // The state before the first step does not change how dw follows from its inputs: a wrong dw has another cause.
    if (ofPart(`dw.${at}`)) return explains.filter(({ id }) => !/^state-(kept|starts)/.test(id));
    // If all neurons start at one constant, no state was left over.
    const isConstant = explains.some(({ id }) => id.startsWith('state-starts'));
    return explains.filter(({ id }) => !isConstant || !id.startsWith('state-kept'));
  };

/**
 * Whether wrong gradients of a layer may follow from potentials that a reset hides. Without synaptic currents, this requires
 * that only gradients of the first step are wrong.
 */
function isHidden({ layers, T }: SurrogateModel, { pieces }: Judgement, n: number): boolean {
  const entry = layers[n - 1];
  const { recorded, reset } = entry.layer.neuron;
  if (recorded !== 'between' || reset === 'none' || reset === 'subtract') return false;
  const all = pieces.get(dEnters(entry)) ?? [];
  return (
    hasSynapse(entry) ||
    all.every(({ ball: { v, r }, got }) =>
      v.subarray(v.length / T).every((each: number, k: number) => {
        const i = k + v.length / T;
        return !isOff(got[i], each, r?.[i] ?? 0);
      }),
    )
  );
}

/**
 * Replaces the explanation `detached state` if gradients of potentials were recorded, and no loss reads these potentials. Such
 * gradients can come only from the next step, so the state is not detached.
 */
const stateChanged: Explanation = {
  id: 'state-changed',
  says: 'The state is changed between two steps: its gradient arrives there, and how it goes on is not judged.',
};

/** Finds the last layer where e^(−k·y) of snnTorch's sigmoid overflows in binary32. Describes the first overflow there. */
function overflowOf({ layers, B }: SurrogateModel, { run }: Judgement): Explanation | undefined {
  for (const { n, name, layer } of [...layers].reverse()) {
    const [term] = layer.surrogate;
    const isOf = name.startsWith('snntorch.') && term?.form === 'sigmoid';
    const y = isOf ? run.find(keyOf(n, 'distance'))?.v : undefined;
    const at = y?.findIndex((each: number) => -term.k * each > largestExponent) ?? -1;
    if (!y || at < 0) continue;
    const [t, b, i] = [Math.floor(at / (B * layer.size)), Math.floor(at / layer.size) % B, at % layer.size];
    const says = `e^(−k·y) of the surrogate overflows, and so a gradient is no number: first at step ${t}, sample ${b}, neuron ${i} of layer ${n}, where u − θ is ${digits(y[at])}.`;
    return { id: 'surrogate-overflows', says };
  }
  return undefined;
}

/** The exponent beyond which e^x overflows in binary32. */
const largestExponent = Math.log(2 ** 128);

/**
 * Checks a step. If it differs, it is also read in two other ways, and the best fit counts: with PyTorch's LPPool2d, which
 * Sinabs' SumPool2d uses, as its sum pools; and with recorded currents that lack the recurrent current.
 */
function checkedAs(step: SurrogateStep, tell?: Tell, inWords?: InWords): [SurrogateModel, StepFindings] {
  const { model } = step;
  const isFed = ({ n, recurrent, within }: SurrogateLayer): boolean =>
    recurrent !== undefined && within.length === 0 && model.recorded.has(keyOf(n, 'current'));
  const hasSums = model.layers.some(({ before, within }) =>
    [...before, ...within].some(({ kind }) => kind === 'sumpool'),
  );
  const asPowers = withPools(model, (pool) => (pool.kind === 'sumpool' ? { ...pool, kind: 'lppool' } : pool));
  const fedAfter = model.layers.map((one) => (isFed(one) ? { ...one, isFedAfter: true as const } : one));
  const others = [
    ...(hasSums ? [asPowers] : []),
    ...(model.layers.some(isFed) ? [{ ...model, layers: fedAfter }] : []),
  ];
  const wrong = (own: SurrogateModel): number =>
    checkSurrogateStep({ ...step, model: own }, undefined, false).judged.wrong.length;
  const own = others.length > 0 ? wrong(model) : 0;
  const better = own > 0 ? others.find((other) => wrong(other) < own) : undefined;
  const best = better ?? model;
  return [best, checkSurrogateStep({ ...step, model: best }, tell, true, inWords)];
}

/** Mistakes that would have made the same arrays. A few samples exclude most mistakes. */
function untoldOf(
  model: SurrogateModel,
  { findings, judged: { run } }: StepFindings,
): { readonly id: string; readonly says: string }[] {
  const keys = findings.filter(({ verdict }) => verdict === 'agrees').map(({ key }) => key);
  const few = Math.min(fewSamples, model.B);
  // Sums over the batch need the whole batch.
  const cut = keys.filter((key) => run.computation.axesOf(key) !== '');
  const isTold = (row: Mistake<SurrogateModel>, count: number): boolean | undefined =>
    isRuledOut(
      { kind: bySurrogates, model: ofSamples(model, count), run: run.of({ from: 0, count }) },
      row,
      count === model.B ? keys : cut,
    );
  const isSmall = [...run.there.values()].reduce((sum, { v }) => sum + v.length, 0) <= mostNumbers;
  const isOpen = (row: Mistake<SurrogateModel>): boolean => {
    const told = isTold(row, few);
    if (told === true) return false;
    return isSmall ? isTold(row, model.B) === false : told === false;
  };
  return mistakesOf(model)
    .filter((row) => isAsked(row) && isOpen(row))
    .map(({ id, says }) => ({ id, says: isSmall ? says : `${says} It was asked of ${fewSamples} samples.` }));
}

const fewSamples = 4;

/** Beyond this many numbers in a step, only a few samples are compared. */
const mostNumbers = 2 ** 22;

/** Whether a row belongs to a question whose different answers often give equal numbers. */
const isAsked = ({ id }: { readonly id: string }): boolean =>
  /^(reset|resetGradient|fires|spikes)=/.test(id) && !id.includes('@');

/** Descriptions of what no mistake explains. A web page loads their code separately from that of the check. */
export interface InWords {
  /** Makes the function that describes an array. */
  readonly describe: (
    model: SurrogateModel,
    slotOf: JudgeManner['slotOf'],
  ) => KindStep<SurrogateModel>['describe'];
  /** How numbers follow from those that were expected. */
  readonly relate: (slot: Slot, expected: Floats, got: Floats) => string;
}

/** `checkSurrogate`, but with descriptions only if `inWords` is given. */
export function judgeSurrogate(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
  where: string,
  tell?: Tell,
  inWords?: InWords,
): CheckAnswer {
  const step = withParts(withOrder(openStep(arrays, words, where)));
  checkCallback(where, 'tell', tell);
  const { says, unknown } = step;
  const [model, found] = checkedAs(step, tell, inWords);
  const { diagnoses, judged } = found;
  const findings = found.findings.map((each) =>
    each.description === undefined ? each : { ...each, description: worded(each.description) },
  );
  const lacking = judged.lacking.map(({ key, needs }) => ({ key, why: `needs ${needs}`, needs: [needs] }));
  const untold = diagnoses.length > 0 ? [] : untoldOf(model, found);
  const notChecked = [...lacking, ...unjudgedOf(step, findings, words, inWords)];
  const misspelt = misspeltOf(step);
  if (findings.length + lacking.length === 0)
    refuse(
      where,
      'arrays',
      'results of a step, such as layer1.spikes, layer1.mem, layer1.dw',
      unknown.join(', '),
    );
  const strange = unknown.filter((key) => !placesOf(model).has(key));
  const reported = [{ step: 1, unknown: strange, misspelt, findings, notChecked, diagnoses }];
  const answer = conclude(reported, [...new Set(says)].join('; '), untold, where);
  return { ...answer, notes: notesOf(step, words) };
}

/** A description with words in place of keys that no file has. */
const worded = (says: string): string =>
  says
    .replaceAll('loss.read', 'what the loss reads')
    .replaceAll(/layer(\d+)\.winners\.\w+\.\d+/g, 'which inputs of a pool of layer $1 are greatest')
    .replaceAll(/layer(\d+)\.mask/g, 'the dropout before layer $1')
    .replaceAll(/layer(\d+)\.back/g, 'the spikes that come back to layer $1');

/** Unknown names that resemble a missing key of the step, each with that key. */
function misspeltOf({
  model,
  arrays,
  unknown,
}: SurrogateStep): { readonly name: string; readonly meant: string }[] {
  const lacking = [...placesOf(model).keys()].filter((key) => !arrays.has(key));
  return unknown.flatMap((name) => {
    if (lacking.includes(name)) return [];
    const meant = /\.(mem|current)$/.test(name) ? undefined : nearest(name, lacking);
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** Notes on what is not judged: gradients that are missing or follow from no equation, and what the recorder states. */
function unjudgedOf(
  step: SurrogateStep,
  findings: CheckAnswer['steps'][number]['findings'],
  words: Readonly<Record<string, unknown>>,
  inWords: InWords | undefined,
): StepReport['notChecked'] {
  const { model, arrays, unknown, uncovered } = step;
  const { layers } = model;
  const hasGradient = findings.some(({ key }) => /\.(dw|dcurrent)$/.test(key));
  const isTrained = ({ n }: SurrogateLayer): boolean =>
    ['dw', 'db', 'dspikes', 'dmem', 'dcurrent'].some((what) => arrays.has(keyOf(n, what)));
  const none = { key: keyOf(1, 'dw'), why: 'no gradient was recorded', needs: [keyOf(1, 'dw')] };
  const unjudged = (key: string, why: string): StepReport['notChecked'][number] => ({ key, why, needs: [] });
  const namesBefore = (n: number): string =>
    (uncovered.get(n) ?? []).map((name) => `${oneLine(name.slice(0, mostCharacters))}()`).join(', ');
  const heard = layers.flatMap(({ n, isHeard, isMasked, isDirect }) => {
    // Of a frozen layer, no gradient is wanted.
    const isFrozen = !layers.some((one) => one.n < n && isTrained(one));
    if (!isHeard || isMasked || isDirect || n === 1 || isFrozen) return [];
    const input = keyOf(n, 'input');
    const mem = keyOf(n - 1, 'mem');
    if (isSame(arrays, input, mem)) return [unjudged(input, `it is ${mem}, and no spikes`)];
    const through = namesBefore(n) === '' ? '' : ` through ${namesBefore(n)}`;
    const relation = inWords ? relationOf(model, arrays, n, inWords) : '';
    const why = `layer ${n} hears ${input}${through}${relation}, and no equation here says what gradient returns from it`;
    return [unjudged(keyOf(n - 1, 'dspikes'), why)];
  });
  const direct = layers
    .filter(({ isDirect }) => isDirect)
    .map(({ n }) =>
      unjudged(
        keyOf(n, 'dw'),
        `${namesBefore(n)} between these weights and their neurons: no equation here covers it`,
      ),
    );
  const readsSpikes = largest(arrays.get(keyOf(layers.length, 'dspikes')) ?? []) > 0;
  const reads = readsSpikes ? 'also reads these potentials' : 'reads these potentials, and not the spikes';
  const both = readsBoth(model, arrays)
    ? [
        unjudged(
          keyOf(layers.length, 'dmem'),
          `the loss ${reads}; omit loss= to take its gradient as recorded`,
        ),
      ]
    : [];
  const said = Object.entries(checkRecord('check', 'unjudged', words['unjudged'] ?? {}))
    .slice(0, mostNotes)
    .map(([key, why]) => unjudged(shown(key), shown(why)));
  const { name } = checkRecord('check', 'loss', words['loss'] ?? {});
  const open = layers.find(({ isOpen }) => isOpen);
  const [hearer] = hearersOf(step);
  const why = open
    ? `${show(name)} reads layer ${open.n}, which feeds no neurons`
    : hearer && `${hearer}, so ${show(name)} may read another layer than the last that is called`;
  const isLost = why !== undefined && name !== undefined && !said.some(({ key }) => key === 'loss');
  const lost = isLost ? [unjudged('loss', why)] : [];
  const shared = unknown
    .filter((key) => key.endsWith('.drecurrent') && placesOf(model).has(key))
    .map((key) => unjudged(key, 'it is of one weight for all neurons'));
  return findings.length === 0
    ? []
    : [...(hasGradient ? [] : [none]), ...both, ...lost, ...said, ...heard, ...direct, ...shared];
}

/** Describes how the input of a layer follows from the spikes of the layer before. */
function relationOf(
  model: SurrogateModel,
  arrays: ReadonlyMap<string, Values>,
  n: number,
  { relate }: InWords,
): string {
  const [slot, got, sent] = [
    placesOf(model).get(keyOf(n, 'input')),
    arrays.get(keyOf(n, 'input')),
    arrays.get(ofBefore(n)),
  ];
  if (!slot || !got || got.length !== sent?.length || got.length > mostNumbers) return '';
  if (isSame(arrays, keyOf(n, 'input'), ofBefore(n))) return ` as layer ${n - 1} sends it`;
  const says = relate(slot, Float64Array.from(sent), Float64Array.from(got));
  return says.includes(' differ, ')
    ? ''
    : ` (${says.replaceAll('the expected', `the spikes of layer ${n - 1}`)})`;
}

/** Whether two arrays were recorded and have the same numbers. */
function isSame(arrays: ReadonlyMap<string, Values>, one: string, other: string): boolean {
  const [a, b] = [arrays.get(one), arrays.get(other)];
  return a !== undefined && a.length === b?.length && a.every((value: number, i: number) => value === b[i]);
}

/** The layers whose spikes a layer hears in place of those of the layer before, as where layers are called in another order. */
const sourcesOf = (
  { layers, T }: SurrogateModel,
  arrays: ReadonlyMap<string, Values>,
  n: number,
): { readonly of: number; readonly says: string }[] =>
  layers.flatMap(({ n: m }) => {
    const [heard, sent] = [n === 1 ? 'input' : keyOf(n, 'input'), keyOf(m, 'spikes')];
    const own = arrays.get(sent);
    if (!own || m === n - 1 || largest(arrays.get(heard) ?? []) === 0) return [];
    const before = new Map([...arrays, [sent, delayed(Float64Array.from(own), T)]]);
    const says = `layer ${n} hears the spikes of layer ${m}`;
    if (isSame(arrays, heard, sent)) return [{ of: m, says }];
    return isSame(before, heard, sent) ? [{ of: m, says: `${says} of the step before` }] : [];
  });

/** Why the loss may not read the last layer that is called: an earlier one hears it. */
const hearersOf = ({ model, arrays }: SurrogateStep): string[] =>
  model.layers
    .slice(0, -1)
    .flatMap(({ n }) => sourcesOf(model, arrays, n))
    .flatMap(({ of, says }) => (of === model.layers.length ? [says] : []));

/** The step; without its loss, if layers are called in another order than they feed each other. */
const withOrder = (step: SurrogateStep): SurrogateStep =>
  step.model.loss && hearersOf(step).length > 0
    ? { ...step, model: { ...step.model, loss: undefined } }
    : step;

/** Limits on the notes of a recorder, and on the characters of each. */
const [mostNotes, mostCharacters] = [20, 400];

/** A text of a file, as one line. */
const shown = (value: unknown): string =>
  oneLine(typeof value === 'string' ? value.slice(0, mostCharacters) : show(value));

function notesOf({ model, arrays }: SurrogateStep, words: Readonly<Record<string, unknown>>): string[] {
  const { layers, loss } = model;
  const ofLayers = (is: (layer: SurrogateLayer) => boolean, says: (n: number) => string): string[] =>
    layers.filter(is).map(({ n }) => says(n));
  const open = ofLayers(
    ({ isOpen }) => isOpen,
    (n) =>
      `layer ${n} feeds no neurons that are known: the loss is not judged, and its gradient is taken as it was recorded`,
  );
  const own = [
    ...ofLayers(
      ({ isMasked }) => isMasked === true,
      (n) =>
        `layer ${n} hears what layer ${n - 1} sends times 0 or one factor, as after a dropout: they are taken as recorded`,
    ),
    ...ofLayers(
      ({ isDirect }) => isDirect === true,
      (n) =>
        `the neurons of layer ${n} hear ${keyOf(n, 'current')}: how that is made, and the way back, are not judged`,
    ),
    ...ofLayers(
      ({ n, isHeard, isMasked, isDirect }) =>
        isHeard && !isMasked && !isDirect && !isSame(arrays, keyOf(n, 'input'), ofBefore(n)),
      (n) => `layer ${n} hears ${keyOf(n, 'input')}: how that is made, and the way back, are not judged`,
    ),
    ...layers.flatMap(({ n }) => sourcesOf(model, arrays, n).map(({ says }) => says)),
    ...ofLayers(
      ({ isTraining }) => !isTraining,
      (n) => `layer ${n} was in eval(), where SpikingJelly's surrogate has no gradient`,
    ),
    ...ofLayers(
      ({ name }) => neuronClasses[name]?.isLearnt === true,
      (n) => `layer ${n} learns a constant of its neurons: its gradient is not judged`,
    ),
    ...open,
  ];
  const { name, on } = checkRecord('check', 'loss', words['loss'] ?? {});
  const isShown = ['dspikes', 'dmem'].some((what) => arrays.has(keyOf(layers.length, what)));
  if (loss && on === undefined && isShown && layers.at(-1)?.layer.neuron.output === 'spikes')
    own.push(`the loss ${show(name)} reads the ${loss.on} of the last layer, as the gradients show`);
  if (!loss && name === undefined && open.length === 0)
    own.push(
      "the loss is not stated, and its gradient is taken as it was recorded: record(…, loss='ce_rate', label=y)",
    );
  const recorded = (Array.isArray(words['notes']) ? words['notes'] : []).slice(0, mostNotes);
  return [...own, ...recorded.map(shown)];
}

// what is expected

/**
 * Lists the mistakes that a surrogate-gradient step may have.
 *
 * @param arrays as for `checkSurrogate`
 * @param words as for `checkSurrogate`
 * @returns id of each mistake, and a sentence about a program that makes it
 * @throws InputError as `checkSurrogate`
 */
export function surrogateMistakes(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
): { readonly id: string; readonly says: string }[] {
  const { model } = openStep(arrays, words, 'mistakes');
  return mistakesOf(model).map(({ id, says }) => ({ id, says }));
}

/** Options of {@link expectedSurrogate}. */
export interface ExpectedSurrogateOptions {
  /** The id of a mistake to make. Default: none. */
  readonly mistake?: string;
  /** Numbers of the mistake, such as another threshold: each −1e9 … 1e9. Default: none. */
  readonly numbers?: readonly number[];
}

/**
 * Computes the arrays of a surrogate-gradient step from `input`, `label` and the weights alone.
 *
 * @param arrays as for `checkSurrogate`
 * @param words as for `checkSurrogate`
 * @param options a mistake to make, and its numbers
 * @returns arrays of binary32 by key
 * @throws InputError if there is no such mistake, or the step is recurrent
 */
export function expectedSurrogate(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
  options: ExpectedSurrogateOptions = {},
): Map<string, Tensor> {
  const where = 'expected';
  const { model, arrays: values } = openStep(arrays, words, where);
  checkRecord(where, 'options', options, ['mistake', 'numbers']);
  const { mistake, numbers = [] } = options;
  if (!Array.isArray(numbers) || !numbers.every((k) => typeof k === 'number'))
    refuse(where, 'numbers', 'a list of numbers', numbers);
  if (model.layers.some(({ recurrent }) => recurrent))
    refuse(where, 'layers', 'none that is recurrent', 'one');
  const own = { ...model, recorded: new Set<string>() };
  const row = mistakesOf(own).find(({ id }) => id === mistake);
  if (mistake !== undefined && !row) refuse(where, 'mistake', 'the id of one', mistake);
  const computation = row ? planted(bySurrogates, row, own, numbers) : computationOf(own);
  if (!computation) refuse(where, 'mistake', 'one that these neurons can make', mistake);
  const there = ballsOf(new Map([...values].filter(([key]) => isEntering(key))));
  const run = new Replay(computation, there, binary32);
  return new Map(
    [...placesOf(model).values()].flatMap(({ key, shape }) => {
      const result = there.get(key) ?? run.find(key);
      return result ? [[key, { dtype: 'F32', shape, data: Float32Array.from(result.v) }] as const] : [];
    }),
  );
}
