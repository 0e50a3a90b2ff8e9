/** Mistakes of surrogates: another form, height, steepness or place. */
import { namedSurrogates, type SurrogateTerms, type Term } from '../../../../spec/surrogateForms.ts';
import { total } from '../../../engine/rounding.ts';
import { digits, rowsOf } from '../../rows.ts';
import { keyOf, type SurrogateModel } from '../model.ts';
import {
  except,
  layerOf,
  makes,
  mapped,
  partOf,
  stepsFrom,
  surrogates,
  type SurrogateChange,
} from './changes.ts';

/** Common wrong factors on the height or steepness of a surrogate, also those to the defaults of its form. */
const usualFactors = ({ layers }: SurrogateModel): number[][] =>
  except(1, [
    ...[2, 4, 10, 5, 3, Math.PI, Math.PI / 2].flatMap((k) => [k, 1 / k]),
    ...layers.flatMap(({ layer: { neuron, surrogate } }) => [
      neuron.θ,
      1 / neuron.θ,
      ...surrogate.flatMap(({ k, h }) =>
        [25, 100, Math.PI, 4, 1, Math.SQRT1_2, Math.SQRT2, k * k, 2 * k * k, 0.5].flatMap((one) => [
          one / k,
          1 / h,
        ]),
      ),
    ]),
  ]);

/** y of the surrogate, in the units of a mistake. */
const distances = (
  of: (y: number, θ: number) => number,
  isOf = (_θ: number): boolean => true,
): SurrogateChange => ({
  concerns: (stage, model) => partOf(stage) === 'distance' && isOf(layerOf(model, stage).layer.neuron.θ),
  output: (values, _key, stage, model) => {
    const { θ } = layerOf(model, stage).layer.neuron;
    return mapped(values, (y) => of(y, θ));
  },
});

const half = (terms: SurrogateTerms, at: Partial<Term>, sign = 1): SurrogateTerms =>
  terms.map((term) => ({
    ...term,
    h: sign * term.h,
    from: Math.max(term.from ?? -Infinity, at.from ?? -Infinity),
    to: Math.min(term.to ?? Infinity, at.to ?? Infinity),
  }));

export const ofSurrogates = rowsOf<SurrogateModel>(['surrogate'], {
  'surrogate-of-potential: The surrogate is of u, and not of u − θ.': distances((y, θ) => y + θ),
  'surrogate-around-one: The surrogate is of u − 1, and not of u − θ.': distances(
    (y, θ) => y + θ - 1,
    (θ) => θ !== 1,
  ),
  'surrogate-in-units-of-threshold: The surrogate is of (u − θ)/θ.': distances(
    (y, θ) => y / θ,
    (θ) => θ !== 1,
  ),
  'surrogate-one-step-late: The surrogate is of the potential of the step before.': makes(
    'distance',
    (y, _key, stage, model) => {
      const { θ } = layerOf(model, stage).layer.neuron;
      const map = y.length / model.T;
      return mapped(y, (_, i) => (i < map ? -θ : y[i - map]));
    },
  ),
  'surrogate-of-last-step: The surrogate is of the potential of the last step.': makes(
    'distance',
    (y, _key, _stage, model) => stepsFrom(y, model, () => model.T - 1),
  ),
  'surrogate-above-alone: The surrogate is 0 below the threshold.': surrogates((terms) =>
    half(terms, { from: 0 }),
  ),
  'surrogate-below-alone: The surrogate is 0 above the threshold.': surrogates((terms) =>
    half(terms, { to: 0 }),
  ),
  'surrogate-sign-below: The surrogate has the other sign below the threshold.': surrogates((terms) => [
    ...half(terms, { to: 0 }, -1),
    ...half(terms, { from: 0 }),
  ]),
  'surrogate-sign-above: The surrogate has the other sign above the threshold.': surrogates((terms) => [
    ...half(terms, { to: 0 }),
    ...half(terms, { from: 0 }, -1),
  ]),
  'surrogate-not-squared: The surrogate lacks its square: h/(1 + k·|y|).': surrogates((terms) =>
    terms.some(({ form }) => form === 'superSpike' || form === 'arctan')
      ? terms.map((term) => ({ ...term, form: 'reciprocal' }))
      : undefined,
  ),
  'surrogate-times-slope: The surrogate is multiplied by its steepness.': surrogates((terms) =>
    terms.map((term) => ({ ...term, h: term.h * term.k })),
  ),
  'surrogate-not-periodic: The surrogate is not periodic above the threshold.': surrogates((terms) =>
    terms.some(({ form }) => form === 'periodic')
      ? terms.filter(({ form }) => form === 'exponential').map(({ to: _to, ...term }) => term)
      : undefined,
  ),
  'surrogate-of-current: The surrogate is of what enters, and not of the potential.': {
    concerns: (stage) => partOf(stage) === 'distance',
    wire: (key, stage) => (/\.(mem|u|charged)$/.test(key) ? keyOf(stage.n, 'current') : key),
  },
  'surrogate-box-twice: The box of the surrogate is twice as high.': surrogates((terms) =>
    terms.some(({ form }) => form === 'box') && terms.length > 1
      ? terms.map((term) =>
          term.form === 'box'
            ? {
                ...term,
                h:
                  2 * term.h +
                  total(
                    terms.filter(({ form }) => form === 'constant').map(({ h }) => h),
                    (h) => h,
                  ),
              }
            : term,
        )
      : undefined,
  ),
  'surrogate-branch-everywhere: A branch of the surrogate is added where it does not hold.': surrogates(
    (terms) =>
      terms.some(({ from, to }) => from !== undefined && to !== undefined)
        ? terms.map(({ from, to, ...term }) =>
            from !== undefined && to !== undefined
              ? term
              : { ...term, ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
          )
        : undefined,
  ),
  'surrogate-missing: The surrogate is 0, or the spikes are detached.': surrogates(() => []),
  'surrogate-of-fired: The surrogate is multiplied by the spikes.': {
    concerns: (stage) => partOf(stage) === 'surrogate',
    stage: (stage) =>
      stage.kind !== 'point'
        ? undefined
        : {
            ...stage,
            reads: [...stage.reads, keyOf(stage.n, 'spikes')],
            wide: [8, 0],
            f: (args, precision) => [mapped(stage.f([args[0]], precision)[0], (s, i) => s * args[1][i])],
          },
  },
  ...Object.fromEntries(
    Object.entries(namedSurrogates)
      .filter(([, { terms }]) => terms({}, 1).length > 0)
      .map(([name, { defaults, terms }]) => [
        `surrogate=${name}: The surrogate is ${name}${
          Object.keys(defaults).length > 0
            ? ` with ${Object.entries(defaults)
                .map(([key, value]) => `${key} ${value}`)
                .join(', ')}`
            : ''
        }.`,
        surrogates((own, { θ }) => {
          const other = terms(defaults, θ);
          return JSON.stringify(other) === JSON.stringify(own) ? undefined : other;
        }),
      ]),
  ),
});

export const fittedOfSurrogates = rowsOf<SurrogateModel>(['surrogate'], {
  'surrogate-steepness: The surrogate is steeper, or less steep.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, k: term.k * k }))),
    usual: usualFactors,
    found: ([k]) => `Its steepness is ${digits(k)} of the stated one.`,
  },
  'surrogate-height: The surrogate is higher, or lower.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, h: term.h * k }))),
    usual: usualFactors,
    found: ([k]) => `It is ${digits(k)} of the stated one.`,
  },
  'surrogate-width: The surrogate is wider or narrower, and as much lower or higher.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, h: term.h * k, k: term.k * k }))),
    usual: usualFactors,
    found: ([k]) => `Both are ${digits(k)} of the stated ones.`,
  },
  'surrogate-limited: The surrogate has a greatest value.': {
    ...makes('surrogate', (s, _key, _stage, _model, [k]) => mapped(s, (value) => Math.min(k, value))),
    usual: () => [0.1, 0.2, 0.25, 0.3, 0.5, 1].map((k) => [k]),
    found: ([k]) => `It is ${k}.`,
  },
});
