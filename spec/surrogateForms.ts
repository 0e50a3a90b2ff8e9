/**
 * Surrogates of other frameworks, in binary64, to check their gradients. A surrogate replaces the derivative ∂e/∂u. It is a sum
 * of terms `h·form(k·y)`, where y = u − θ and a form is a function of one number. Thirteen forms suffice for five frameworks.
 * `surrogate.ts` defines every bit of the surrogates that `train` offers.
 */

interface Form {
  readonly of: (z: number) => number;
  /** The z at which the form peaks, turns or jumps, so that its extremes inside an interval are known. */
  readonly turns: readonly number[];
}

const forms = {
  constant: { of: () => 1, turns: [] },
  arctan: { of: (z) => 1 / (1 + z * z), turns: [0] },
  superSpike: { of: (z) => 1 / (1 + Math.abs(z)) ** 2, turns: [0] },
  /** 4·σ(z)·(1 − σ(z)), and so 1 at 0. */
  sigmoid: { of: (z) => (4 / (1 + Math.exp(-z))) * (1 / (1 + Math.exp(z))), turns: [0] },
  exponential: { of: (z) => Math.exp(-Math.abs(z)), turns: [0] },
  gaussian: { of: (z) => Math.exp(-z * z), turns: [0] },
  triangle: { of: (z) => Math.max(0, 1 - Math.abs(z)), turns: [-1, 0, 1] },
  /** A known mistake, which no framework has: the triangle without the lower limit 0. */
  tent: { of: (z) => 1 - Math.abs(z), turns: [0] },
  box: { of: (z) => (Math.abs(z) < 1 ? 1 : 0), turns: [-1, 0, 1] },
  reciprocal: { of: (z) => 1 / (1 + Math.abs(z)), turns: [0] },
  circle: { of: (z) => (1 + z * z) ** -1.5, turns: [0] },
  inverse: { of: (z) => 1 / Math.abs(z), turns: [0] },
  /** cos z; `turns` covers the z that frameworks use. */
  cosine: {
    of: Math.cos,
    turns: Array.from({ length: 41 }, (_, k) => (k - 20) * Math.PI),
  },
  /** Twice the distance from z to the nearest whole number. */
  periodic: {
    of: (z) => 2 * Math.abs(z - Math.round(z)),
    turns: Array.from({ length: 129 }, (_, k) => k / 2), // for potentials up to 64 θ
  },
} as const satisfies Readonly<Record<string, Form>>;

type FormName = keyof typeof forms;

/** h·form(k·(y − at)) for y above `from` and at most `to`, else 0. */
export interface Term {
  readonly form: FormName;
  readonly h: number;
  readonly k: number;
  readonly at?: number;
  readonly from?: number;
  readonly to?: number;
  /** Makes the term h·form^power. */
  readonly power?: number;
  /** Makes the term h·e^(−decay·form). */
  readonly decay?: number;
}

/** A surrogate: the sum of its terms. */
export type SurrogateTerms = readonly Term[];

export function surrogateOf(terms: SurrogateTerms): (y: number) => number {
  const all = terms.map(({ form, h, k, at = 0, from = -Infinity, to = Infinity, power, decay }) => {
    const { of } = forms[form];
    const shaped = (z: number): number => {
      if (decay !== undefined) return Math.exp(-decay * of(z));
      return power === undefined ? of(z) : of(z) ** power;
    };
    return (y: number): number => (y > from && y <= to ? h * shaped(k * (y - at)) : 0);
  });
  return (y) => all.reduce((sum, term) => sum + term(y), 0);
}

/** The y at which a surrogate peaks, turns or jumps. */
export function turnsOf(terms: SurrogateTerms): number[] {
  const all = terms.flatMap(({ form, k, at = 0, from = NaN, to = NaN }) => [
    ...forms[form].turns.map((z) => at + z / k),
    from,
    to,
  ]);
  return [...new Set(all)].filter(Number.isFinite);
}

/** The parameters of a surrogate, by their names in the framework. */
type Numbers = Readonly<Record<string, number>>;

interface Named {
  /** Its parameters, with the framework's defaults. */
  readonly defaults: Numbers;
  readonly terms: (numbers: Numbers, θ: number) => SurrogateTerms;
}

const named = (defaults: Numbers, terms: Named['terms']): Named => ({ defaults, terms });

const below = { to: 0 };
const above = { from: 0 };
const constant = (h: number, where: Partial<Term> = {}): Term => ({ form: 'constant', h, k: 1, ...where });

/** The height of a normal distribution: 1/(σ·√(2π)). */
const normal = (σ: number): number => 1 / (σ * Math.sqrt(2 * Math.PI));
const gaussian = (h: number, σ: number, at: number): Term => ({
  form: 'gaussian',
  h: h * normal(σ),
  k: 1 / (Math.SQRT2 * σ),
  at,
});

/** Surrogates by framework and name, in the versions that `frameworks.ts` lists. */
export const namedSurrogates: Readonly<Record<string, Named>> = {
  'snntorch.atan': named({ alpha: 2 }, ({ alpha }) => [
    { form: 'arctan', h: alpha / 2, k: (Math.PI / 2) * alpha },
  ]),
  'snntorch.fast_sigmoid': named({ slope: 25 }, ({ slope }) => [{ form: 'superSpike', h: 1, k: slope }]),
  'snntorch.sigmoid': named({ slope: 25 }, ({ slope }) => [{ form: 'sigmoid', h: slope / 4, k: slope }]),
  'snntorch.triangular': named({ threshold: 1 }, ({ threshold }) => [
    constant(threshold, below),
    constant(-threshold, above),
  ]),
  'snntorch.heaviside': named({}, () => [constant(1, above)]),
  'snntorch.straight_through_estimator': named({}, () => [constant(1)]),
  'snntorch.LSO': named({ slope: 0.1 }, ({ slope }) => [constant(slope, below), constant(1, above)]),
  'snntorch.SFS': named({ slope: 25, B: 1 }, ({ slope, B }) => [
    { form: 'superSpike', h: 1, k: slope, from: B },
  ]),
  'snntorch.spike_rate_escape': named({ beta: 1, slope: 25 }, ({ beta, slope }) => [
    { form: 'exponential', h: slope, k: beta, at: 1 },
  ]),
  'spikingjelly.ATan': named({ alpha: 2 }, ({ alpha }) => [
    { form: 'arctan', h: alpha / 2, k: (Math.PI / 2) * alpha },
  ]),
  'spikingjelly.Sigmoid': named({ alpha: 4 }, ({ alpha }) => [{ form: 'sigmoid', h: alpha / 4, k: alpha }]),
  'spikingjelly.SoftSign': named({ alpha: 2 }, ({ alpha }) => [
    { form: 'superSpike', h: alpha / 2, k: alpha },
  ]),
  'spikingjelly.SuperSpike': named({ alpha: 1 }, ({ alpha }) => [{ form: 'superSpike', h: alpha, k: 1 }]),
  'spikingjelly.PiecewiseExp': named({ alpha: 1 }, ({ alpha }) => [
    { form: 'exponential', h: alpha / 2, k: alpha },
  ]),
  'spikingjelly.PiecewiseQuadratic': named({ alpha: 1 }, ({ alpha }) => [
    { form: 'triangle', h: alpha, k: alpha },
  ]),
  'spikingjelly.Erf': named({ alpha: 2 }, ({ alpha }) => [
    { form: 'gaussian', h: alpha / Math.sqrt(Math.PI), k: alpha },
  ]),
  'spikingjelly.Rect': named({ alpha: 1 }, ({ alpha }) => [{ form: 'box', h: alpha, k: 2 * alpha }]),
  'spikingjelly.PiecewiseLeakyReLU': named({ w: 1, c: 0.01 }, ({ w, c }) => [
    constant(c),
    { form: 'box', h: 1 / (2 * w) - c, k: 1 / w },
  ]),
  'spikingjelly.NonzeroSignLogAbs': named({ alpha: 1 }, ({ alpha }) => [
    { form: 'reciprocal', h: alpha, k: alpha },
  ]),
  'spikingjelly.LeakyKReLU': named({ leak: 0, k: 1 }, ({ leak, k }) => [
    constant(leak, below),
    constant(k, above),
  ]),
  'spikingjelly.LogTailedReLU': named({ alpha: 0 }, ({ alpha }) => [
    constant(alpha, below),
    constant(1, { from: 0, to: 1 }),
    { form: 'inverse', h: 1, k: 1, from: 1 },
  ]),
  'spikingjelly.S2NN': named({ alpha: 4, beta: 1 }, ({ alpha, beta }) => [
    { form: 'sigmoid', h: alpha / 4, k: alpha, ...below },
    { form: 'reciprocal', h: beta, k: 1, ...above },
  ]),
  'spikingjelly.QPseudoSpike': named({ alpha: 2 }, ({ alpha }) => [
    { form: 'reciprocal', h: 1, k: 2 / (alpha - 1), power: alpha },
  ]),
  'spikingjelly.FakeNumericalGradient': named({ alpha: 0.3 }, ({ alpha }) => [
    constant(alpha, { from: -1 / alpha, to: 1 / alpha }),
    { form: 'inverse', h: 1, k: 1, to: -1 / alpha },
    { form: 'inverse', h: 1, k: 1, from: 1 / alpha },
  ]),
  'spikingjelly.SquarewaveFourierSeries': named({ n: 2, T_period: 8 }, ({ n, T_period: period }) =>
    Array.from({ length: n - 1 }, (_, i) => ({
      form: 'cosine' as const,
      h: 4 / period,
      k: ((2 * i + 1) * 2 * Math.PI) / period,
    })),
  ),
  'norse.super': named({ alpha: 100 }, ({ alpha }) => [{ form: 'superSpike', h: 1, k: alpha }]),
  'norse.tanh': named({ alpha: 100 }, ({ alpha }) => [{ form: 'sigmoid', h: 1, k: 2 * alpha }]),
  'norse.triangle': named({ alpha: 100 }, ({ alpha }) => [{ form: 'triangle', h: alpha, k: 1 }]),
  'norse.circ': named({ alpha: 100 }, ({ alpha }) => [{ form: 'circle', h: 1, k: 1 / alpha }]),
  'norse.heavi_erfc': named({ alpha: 100 }, ({ alpha }) => [
    { form: 'gaussian', h: 2 / Math.sqrt(Math.PI), k: alpha },
  ]),
  'norse.heaviside': named({}, () => []),
  'sinabs.SingleExponential': named({ grad_width: 0.5, grad_scale: 1 }, ({ grad_width, grad_scale }, θ) => [
    { form: 'exponential', h: grad_scale / (θ * grad_width), k: 1 / (θ * grad_width) },
  ]),
  'sinabs.PeriodicExponential': named({ grad_width: 0.5, grad_scale: 1 }, ({ grad_width, grad_scale }, θ) => [
    { form: 'exponential', h: grad_scale, k: 1 / grad_width, ...below },
    { form: 'periodic', h: grad_scale, k: 1 / θ, decay: θ / grad_width, ...above },
  ]),
  'sinabs.Gaussian': named({ mu: 0, sigma: 0.5, grad_scale: 1 }, ({ mu, sigma, grad_scale }) => [
    gaussian(grad_scale, sigma, mu),
  ]),
  'sinabs.MultiGaussian': named(
    { mu: 0, sigma: 0.5, h: 0.15, s: 6, grad_scale: 1 },
    ({ mu, sigma, h, s, grad_scale }) => [
      gaussian(grad_scale * (1 + h), sigma, mu),
      gaussian(-grad_scale * h, s * sigma, sigma),
      gaussian(-grad_scale * h, s * sigma, -sigma),
    ],
  ),
  'sinabs.Heaviside': named({ window: 1 }, ({ window }, θ) => [constant(1 / θ, { from: -window })]),
  'spytorch.super': named({ alpha: 100 }, ({ alpha }) => [{ form: 'superSpike', h: 1, k: alpha }]),
};
