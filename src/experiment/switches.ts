/** The trainings of `variants`: bases, and each of their choices switched alone. */
import { choices, variants as presets } from '../../spec/variant.ts';
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { ExperimentSettings, Training } from './experiment.ts';
import { leaks, protocols, settingsFor, timeWindow } from './protocol.ts';
import { spelled } from './text.ts';
import { keysOf } from '../keysOf.ts';

const { model: lenet } = protocols.mnist;

const withMaxPools: NetworkFile = {
  ...lenet,
  name: 'lenet-max',
  layers: lenet.layers.map((layer) =>
    layer.kind === 'averagePool' ? { kind: 'maxPool', size: layer.size } : layer,
  ),
};

/** The bases that switches are compared with: networks with the unchanged variant. */
const bases = {
  LeNet: { model: lenet, leak: leaks.IF },
  'LeNet, LIF': { model: lenet, leak: leaks.LIF },
  'LeNet, max pools': { model: withMaxPools, leak: leaks.IF },
} as const;
export type BaseName = keyof typeof bases;

/** The base for questions that the first cannot answer: with λ = 1 nothing is rounded, and LeNet's pools are average pools. */
const shownBy: Readonly<Record<string, BaseName>> = { leak: 'LeNet, LIF', maxPoolFlow: 'LeNet, max pools' };

/** Answers that are not trained, with the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  'reset: subtractThenLeak': 'not a question of the paper',
  'reset: leakThenSubtract': 'not a question of the paper',
  'output: leaks': 'of rule lee alone',
  'output: fires': 'of rule stbp alone',
};

/** The model's own threshold is 1. */
const thresholds = [0.5, 0.75, 1.5, 2];

/** Sizes of our own choice. The seeds of a base separate noise from differences. */
export const sizes = {
  small: {
    timeWindow: 20,
    samples: { train: 5000, validation: 500, test: 2000 },
    settings: { epochs: 3, rateSteps: [2] },
    seeds: { LeNet: 5, 'LeNet, LIF': 3, 'LeNet, max pools': 3, switch: 1 },
  },
  paper: {
    timeWindow,
    samples: { train: 60000, validation: 6000, test: 10000 },
    settings: { epochs: 10, rateSteps: [6] },
    seeds: { LeNet: 5, 'LeNet, LIF': 5, 'LeNet, max pools': 5, switch: 3 },
  },
};

interface Switch {
  readonly question: string;
  readonly answer: string | number;
}

/** A base, or a base with one choice switched. */
export interface Arm {
  /** `fires: atThreshold` for a switch. */
  readonly name: string;
  readonly base: BaseName;
  readonly switched?: Switch;
  /** One per seed. */
  readonly trainings: readonly Training[];
}

/** Each base, then its switches in the order of their questions. */
export function armsOf(settings: ExperimentSettings): Arm[] {
  const switches = switchesOf(settings);
  return keysOf(bases).flatMap((base) => [
    { name: base, base, trainings: trainingsOf(settings, base) },
    ...switches
      .filter(({ question }) => (shownBy[question] ?? 'LeNet') === base)
      .map((switched) => ({
        name: nameOf(switched),
        base,
        switched,
        trainings: trainingsOf(settings, base, switched),
      })),
  ]);
}

/** The name of an arm for readers. */
export const labelOf = ({ name, switched }: Arm): string => (switched ? spelled(name) : name);

const nameOf = ({ question, answer }: Switch): string => `${question}: ${answer}`;

/** All answers other than the variant's, and thresholds. */
function switchesOf({ variant }: ExperimentSettings): Switch[] {
  const own: Readonly<Record<string, string>> = presets[variant];
  const named = Object.entries(choices).flatMap(([question, answers]) =>
    answers.filter((answer) => answer !== own[question]).map((answer) => ({ question, answer })),
  );
  return [
    ...named.filter((one) => !Object.hasOwn(leftOut, nameOf(one))),
    ...thresholds.map((answer) => ({ question: 'threshold', answer })),
  ];
}

function trainingsOf(settings: ExperimentSettings, base: BaseName, switched?: Switch): Training[] {
  const { samples, settings: own, seeds } = sizes[settings.size];
  const options = optionsOf(settings, base, switched);
  return Array.from({ length: switched ? seeds.switch : seeds[base] }, (_, k) => {
    const seed = (settings.seed + k) % 2 ** 32;
    return {
      dataset: 'mnist',
      model: bases[base].model,
      options,
      settings: { ...settingsFor('mnist', { ...settings, seed }), ...own },
      samples,
    };
  });
}

function optionsOf({ size, variant }: ExperimentSettings, base: BaseName, switched?: Switch): NetworkOptions {
  const plain = { variant, timeWindow: sizes[size].timeWindow, leak: bases[base].leak };
  if (!switched) return plain;
  const { question, answer } = switched;
  if (typeof answer === 'number') return { ...plain, threshold: answer };
  return { ...plain, variant: { from: variant, [question]: answer } };
}
