/** Makes the tables of docs/surrogates.md from the records of `spec/`. Each formula in this file is compared with the spec's numbers. */

const code = (text) => `\`${text}\``;
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The classes of a row for one framework: all of them, all that fire, or their names. */
function classesOf({ neuronClasses, neuronOf, ...spec }, names) {
  const frameworkOf = (name) => name.split('.')[0];
  const fires = (name) =>
    neuronOf(neuronClasses[name], argumentsOf({ neuronClasses, ...spec }, name)).output === 'spikes';
  const all = Object.keys(neuronClasses).filter((name) => frameworkOf(name) === frameworkOf(names[0]));
  if (names.length === all.length) return `all of ${frameworkOf(names[0])}`;
  if (names.length === all.filter(fires).length && names.every(fires))
    return `all of ${frameworkOf(names[0])} that fire`;
  return names.map(code).join(', ');
}

/** Merges rows that differ only in their first cell, the name. */
function merged(rows, namesText = (names) => names.map(code).join(', ')) {
  const names = new Map();
  for (const [name, ...cells] of rows) {
    const key = JSON.stringify(cells);
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return [...names].map(([key, all]) => [namesText(all), ...JSON.parse(key)]);
}

function mustAgree(what, own, theirs) {
  if (!(Math.abs(own - theirs) <= 1e-12 * Math.max(1, Math.abs(theirs))))
    throw new Error(`docs surrogates: ${what} is ${own} here, ${theirs} in spec/`);
}

/** Arguments that classes require, with values for this script. */
const given = { beta: 0.9, alpha: 0.8, tau_mem: 20, R: 5, C: 1.5, time_step: 0.5 };

/** λ, g and α of each class, each as a text and a function. */
const rate = ({ dt, tau_mem_inv }) => dt * tau_mem_inv;
const synapse = ['1 − dt·tau_syn_inv', ({ dt, tau_syn_inv }) => 1 - dt * tau_syn_inv];
const [none, one] = [
  ['–', () => 0],
  ['1', () => 1],
];
const beta = ['beta', (args) => args.beta];
const alpha = ['alpha', (args) => args.alpha];
const ofNorse = [
  ['1 − dt·tau_mem_inv', (args) => 1 - rate(args)],
  ['dt·tau_mem_inv', rate],
];
const timeConstant = (args) => args.tau || args.init_tau;
const ofLeakyNode = [
  ['1 − 1/τ', (args) => 1 - 1 / timeConstant(args)],
  ['1/τ', (args) => 1 / timeConstant(args)],
  none,
];
const e = ['e^(−1/tau_mem)', ({ tau_mem }) => Math.exp(-1 / tau_mem)];
const ofSinabs = [e, ['1 − λ', (args) => 1 - e[1](args)], none];
const constants = {
  Leaky: [beta, one, none],
  RLeaky: [beta, one, none],
  Synaptic: [beta, one, alpha],
  RSynaptic: [beta, one, alpha],
  Lapicque: [
    ['1 − time_step/(R·C)', ({ R, C, time_step }) => 1 - time_step / (R * C)],
    ['time_step/C', ({ C, time_step }) => time_step / C],
    none,
  ],
  IFNode: [one, one, none],
  LIFNode: ofLeakyNode,
  ParametricLIFNode: ofLeakyNode,
  LIFCell: [...ofNorse, synapse],
  'norse.LIF': [...ofNorse, synapse],
  LIFRecurrentCell: [...ofNorse, synapse],
  'norse.LIFRecurrent': [...ofNorse, synapse],
  LIFBoxCell: [...ofNorse, none],
  LIFBox: [...ofNorse, none],
  IAFCell: [one, one, none],
  LICell: [...ofNorse, synapse],
  LI: [...ofNorse, synapse],
  LILinearCell: [...ofNorse, synapse],
  'sinabs.LIF': ofSinabs,
  LIFSqueeze: ofSinabs,
  'sinabs.LIFRecurrent': ofSinabs,
  ExpLeak: [e, one, none],
  IAF: [one, one, none],
  IAFSqueeze: [one, one, none],
  hidden: [beta, one, alpha],
  readout: [beta, one, alpha],
};

const argumentsOf = ({ neuronClasses, defaultOf }, name) =>
  Object.fromEntries(
    neuronClasses[name].takes.map((key) => {
      const value = defaultOf(neuronClasses[name], key);
      return [key, Number.isNaN(value) ? given[key] : value];
    }),
  );

function constantsOf(spec, name) {
  const own = constants[name] ?? constants[name.split('.')[1]];
  if (!own)
    throw new Error(`docs surrogates: constants of ${name} expected in docs/surrogateTables.mjs, found none`);
  const args = argumentsOf(spec, name);
  const neuron = spec.neuronOf(spec.neuronClasses[name], args);
  own.forEach(([text, of], i) => mustAgree(`${name}: ${text}`, of(args), [neuron.λ, neuron.g, neuron.α][i]));
  return own.map(([text]) => text);
}

const resets = {
  none: () => '–',
  subtract: () => 'subtracts θ',
  zero: () => 'to 0',
  vReset: () => 'to v_reset',
};
const times = {
  sameStep: 'same step',
  beforeLeak: 'next step, before the leak',
  afterLeak: 'next step, after the leak',
};
const resetText = ({ reset, resetWhen, overshoot }) =>
  reset === 'none'
    ? '–'
    : `${resets[reset]()}, ${times[resetWhen]}${overshoot === 'afterLeak' ? ', once per crossing' : ''}`;

/** The potential that a class returns. */
function memText({ isRecordedElse }, { reset, recorded }) {
  if (isRecordedElse) return 'not judged';
  return reset === 'none' ? 'u' : recorded === 'compared' ? 'u before its reset' : 'u after its reset';
}

/** The classes with their defaults. */
function neuronTable(spec) {
  const { neuronClasses, neuronOf } = spec;
  const rows = Object.keys(neuronClasses).map((name) => {
    const n = neuronOf(neuronClasses[name], argumentsOf(spec, name));
    const isSending = n.output === 'spikes';
    const fires = isSending ? `u ${n.fires === 'at' ? '≥' : '>'} θ` : '–';
    return [
      name,
      ...constantsOf(spec, name),
      n.spikes === 'whole' && isSending ? `${fires}: ⌊u/θ⌋` : fires,
      resetText(n),
      n.reset === 'none' ? '–' : n.resetGradient,
      memText(neuronClasses[name], n),
      { sameStep: '0', stepAfter: '1', twoAfter: '2' }[n.arrives],
    ];
  });
  const head = ['class', 'λ', 'g', 'α', 'fires where', 'reset', 'gradient of the reset', '`mem`', 'd'];
  return table(head, merged(rows));
}

/** Other values of arguments, to find what they change. */
const probes = [
  ['reset_mechanism', 'zero', 'none'],
  ['reset_delay', false],
  ['v_reset', null],
  ['detach_reset', true],
  ['decay_input', false],
  ['reset_method', 'reset_subtract'],
  ['spike_fn', 'SingleSpike', null],
  ['reset_fn', 'MembraneReset'],
  ['norm_input', false],
  ['tau_syn', 10],
  ['min_v_mem', -1],
];

const sayings = {
  reset: (neuron) => (neuron.reset === 'none' ? 'no reset' : resetText(neuron)),
  resetGradient: ({ resetGradient }) =>
    `the gradient of the reset ${resetGradient === 'flows' ? 'flows' : 'is detached'}`,
  recorded: ({ recorded }) => `\`mem\` is u ${recorded === 'compared' ? 'before' : 'after'} its reset`,
  spikes: ({ spikes }) => (spikes === 'one' ? 'one spike per step at most' : '⌊u/θ⌋ spikes per step'),
  output: ({ output }) =>
    output === 'potential' ? 'sends no spikes; later layers read its potential' : 'sends spikes',
  g: ({ g }) => (g === 1 ? 'g = 1' : 'another g'),
  α: () => 'α = e^(−1/tau_syn), and I ← α·(I + x)',
  floor: () => 'u is clamped to this value after each step; no gradient passes where it is clamped',
};
const same = { resetWhen: 'reset', overshoot: 'reset' };

/** The table of the effects of other arguments. */
function argumentTable(spec) {
  const { neuronClasses, neuronOf } = spec;
  const rows = probes.flatMap(([argument, ...values]) =>
    values.flatMap((value) => {
      const found = Object.entries(neuronClasses).flatMap(([name, own]) => {
        if (!own.takes.includes(argument)) return [];
        const args = argumentsOf(spec, name);
        const [usual, other] = [args, { ...args, [argument]: value }].map((each) => neuronOf(own, each));
        if (usual.reset === 'none' && ['spike_fn', 'reset_fn'].includes(argument)) return []; // neither fires nor resets
        const keys = Object.keys(usual).filter((key) => !Object.is(usual[key], other[key]));
        const said = [...new Set(keys.map((key) => same[key] ?? key))].filter((key) => key in sayings);
        return said.length > 0 ? [[name, said.map((key) => sayings[key](other)).join('; ')]] : [];
      });
      const shown =
        typeof value === 'string' ? `'${value}'` : { true: 'True', false: 'False', null: 'None' }[value];
      return merged(found, (names) => classesOf(spec, names)).map(([names, says]) => [
        code(`${argument}=${shown ?? value}`),
        names,
        says,
      ]);
    }),
  );
  return table(['argument', 'classes', 'effect'], rows);
}

/** The forms, each as a text and a function. */
const formulas = {
  constant: ['h', () => 1],
  arctan: ['h/(1 + (k·y)²)', (z) => 1 / (1 + z * z)],
  superSpike: ['h/(1 + k·\\|y\\|)²', (z) => 1 / (1 + Math.abs(z)) ** 2],
  sigmoid: ['4h·σ(k·y)·(1 − σ(k·y))', (z) => 4 / ((1 + Math.exp(-z)) * (1 + Math.exp(z)))],
  exponential: ['h·e^(−k·\\|y\\|)', (z) => Math.exp(-Math.abs(z))],
  gaussian: ['h·e^(−(k·y)²)', (z) => Math.exp(-z * z)],
  triangle: ['h·max(0, 1 − k·\\|y\\|)', (z) => Math.max(0, 1 - Math.abs(z))],
  box: ['h where k·\\|y\\| < 1', (z) => Number(Math.abs(z) < 1)],
  reciprocal: ['h/(1 + k·\\|y\\|)', (z) => 1 / (1 + Math.abs(z))],
  circle: ['h·(1 + (k·y)²)^(−3/2)', (z) => (1 + z * z) ** -1.5],
  inverse: ['h/(k·\\|y\\|)', (z) => 1 / Math.abs(z)],
  cosine: ['h·cos(k·y)', Math.cos],
  periodic: [
    'h·e^(−p·r), r: 2 × the distance of k·y from the nearest integer',
    (z) => Math.exp(-2 * Math.abs(z - Math.round(z))),
  ],
};

/**
 * The forms with their surrogates. A surrogate of several forms is in the row of its last form, followed by the names of all
 * its forms.
 */
function formTable({ namedSurrogates, surrogateOf }) {
  const uses = new Map(Object.keys(formulas).map((form) => [form, []]));
  for (const [name, { defaults, terms }] of Object.entries(namedSurrogates)) {
    const numbers = Object.entries(defaults).map(([key, value]) => ` ${key}=${value}`);
    const forms = [...new Set(terms(defaults, 1).map(({ form }) => form))];
    const power = terms(defaults, 1).find((term) => term.power)?.power;
    const form = forms.at(-1) ?? 'constant';
    if (!uses.has(form))
      throw new Error(`docs surrogates: a formula of ${form} expected in docs/surrogateTables.mjs`);
    uses
      .get(form)
      .push(
        `${code(name)}${numbers.join(',')}${power ? ` (power ${power})` : ''}${forms.length > 1 ? ` (${forms.join(' + ')})` : ''}`,
      );
  }
  for (const [form, [text, of]] of Object.entries(formulas))
    for (const y of [-1.7, -0.4, 0.3, 2.2]) {
      const term = { form, h: 1, k: 1, ...(form === 'periodic' && { decay: 1 }) };
      mustAgree(`${text} at ${y}`, of(y), surrogateOf([term])(y));
    }
  const rows = [...uses].map(([form, all]) => [code(form), formulas[form][0], all.join('<br>') || '–']);
  return table(['form', 's(y), y = u − θ', 'names with their defaults'], rows);
}

const readouts = {
  sum: 'Σ_t z',
  mean: '1/T Σ_t z',
  max: 'max_t z',
  first: '−t',
  last: 'z of the last step',
};

function lossText({ readout, compares, over }) {
  const divisors = over.map((each) => (each === 'steps' ? 'T' : 'C'));
  if (compares === 'crossEntropy') {
    const derivative =
      readout === 'first'
        ? ', t: the first step with a spike, or T − 1 if there is none; ∂t/∂z^t is taken as −1'
        : '';
    if (readout !== 'each') return `CE(${readouts[readout]})${derivative}`;
    return `${over.includes('steps') ? '1/T ' : ''}Σ_t CE(z^t)`;
  }
  const square = readout === 'each' ? 'Σ_t (z^t − target)²' : `(${readouts[readout]} − target)²`;
  return `Σ_classes ${square}${divisors.length > 0 ? `, divided by ${divisors.join(' and ')}` : ''}`;
}

const lossTable = ({ losses }) => {
  const rows = merged(Object.entries(losses).map(([name, form]) => [name, lossText(form)]));
  return table(['name', 'formula (then averaged over the batch)'], rows);
};

/**
 * All tables, by the names of their marks.
 * @param spec the exports of frameworks, surrogateForms and surrogateLoss
 */
export const surrogateTables = (spec) => ({
  neurons: neuronTable(spec),
  arguments: argumentTable(spec),
  forms: formTable(spec),
  losses: lossTable(spec),
});
