/** Finds the command that repeats a training, and the training of a command. */
import { outputLayer } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import type { NetworkFile } from '../../network/models.ts';
import { models, network, variantText, type SpikingNetwork } from '../../network/network.ts';
import { defaults, defaultSteps, type Settings } from '../../train/settings.ts';
import { isOwn, modelFor } from '../data/datasets.ts';
import { fittingNetwork } from '../data/fitting.ts';
import { openModelDescription } from '../models.ts';
import { flagOf, parseOptions, type Given } from '../options/option.ts';
import { trainOptions } from '../options/train.ts';
import { limitOf, networkOptionsOf, type Saved, type TrainCommand } from '../run/run.ts';
import { quoted, wordsOf } from '../shell.ts';

/** A command, and the text of a network file if the network has no name. */
export interface Repeat {
  readonly command: string;
  readonly networkFile?: string;
}

/** The command that repeats the training of a checkpoint with the same bits; undefined if a setting has no option. */
export function commandOf(saved: Saved): Repeat | undefined {
  const { net, training } = saved;
  const { run, state } = training;
  for (const name of ['rateFactor', 'scaleEvery'] as const)
    if (state.settings[name] !== defaults[name]) return undefined;
  const { flags, networkFile } = networkFlags(net, run.dataset);
  const all = {
    ...datasetOf(run.dataset),
    ...flags,
    ...settingFlags(state.settings, isOwn(run.dataset)),
    ...(net.trainedOn?.columns && { scale: 'columns' }),
    limit: limitOf(saved),
  };
  const words = Object.entries(all).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return {
    command: ['asf-bp', 'train', ...words].map(quoted).join(' '),
    ...(networkFile !== undefined && { networkFile }),
  };
}

type Flags = Readonly<Record<string, string | number>>;

/** The data set of a checkpoint: its name, or `NAME:FOLDER` for a named one in another folder. */
export function datasetOf(id: string): { readonly dataset: string; readonly data?: string } {
  const [, dataset, data] = /^([\w-]+):(.+)$/s.exec(id) ?? [];
  return dataset === undefined || data === undefined ? { dataset: id } : { dataset, data };
}

/** Options for a network: its name, if it has one or `train` makes it by default, and the differences. Otherwise a file describes all of it. */
function networkFlags(net: SpikingNetwork, dataset: string): { flags: Flags; networkFile?: string } {
  const { description, variant, rule } = net;
  const ruleFlag = rule === defaults.rule ? {} : { rule };
  const known = [...Object.entries(models), ...(isOwn(dataset) ? fittingOf(net) : [])];
  const named = known.find(([, file]) => layersOf(network(file).description) === layersOf(description));
  if (!named) {
    const networkFile = JSON.stringify({ ...description, variant }, null, 1);
    return { flags: { model: 'network.json', ...ruleFlag }, networkFile };
  }
  const [name, file] = named;
  const own: Record<string, string | number> = {};
  if (name !== defaultName && name !== modelFor(dataset)) own['model'] = name;
  if (variantText(variant) !== file.variant) own['variant'] = variantText(variant);
  const flags = { window: 'timeWindow', threshold: 'threshold', leak: 'leak' } as const;
  const usual = network(file).description;
  for (const [flag, word] of Object.entries(flags)) {
    const value = description[word];
    if (value !== undefined && value !== usual[word]) own[flag] = value;
  }
  return { flags: { ...own, ...ruleFlag } };
}

/** Stands for the network that `train` makes by default, which has no name for `--model`. */
const defaultName = '';

/** The networks that `train` makes by default for data with this map and these classes, if the network has the name of one. */
function fittingOf({ description, plan }: SpikingNetwork): [string, NetworkFile][] {
  const facts = { shape: plan.input, classes: outputLayer(plan).output.channels };
  const files = [false, true].map((isTable) => fittingNetwork({ ...facts, isTable }));
  return files.filter(({ name }) => name === description.name).map((file) => [defaultName, file]);
}

function layersOf({ input, layers }: SpikingNetwork['description']): string {
  return JSON.stringify([input, layers]);
}

/** Settings that differ from the defaults, and those whose default depends on the user's data. */
function settingFlags(settings: Settings, isOwnData: boolean): Flags {
  const { epochs, rateSteps } = settings;
  const flags: Record<string, string | number> = { epochs };
  const names = {
    batch: 'batch',
    lr: 'learningRate',
    optimiser: 'optimiser',
    'weight-decay': 'weightDecay',
    shard: 'shard',
    seed: 'seed',
    surrogate: 'surrogate',
    'surrogate-width': 'surrogateWidth',
  } as const;
  for (const [flag, name] of Object.entries(names))
    if (settings[name] !== defaults[name] || (isOwnData && (flag === 'batch' || flag === 'lr')))
      flags[flag] = settings[name];
  if (String(rateSteps) !== String(defaultSteps(epochs))) flags['lr-steps'] = rateSteps.join(',') || 'none';
  return flags;
}

/** The options of a command line of `train`; undefined if it is another command. */
export function optionsOf(command: string): TrainCommand | undefined {
  const words = wordsOf(command);
  const start = words.indexOf('train');
  if (start < 0) return undefined;
  const given: Record<string, Given[string]> = {};
  for (let at = start + 1; at < words.length; at++) {
    const [flag, ...rest] = words[at].split('=');
    const [name, option] = Object.entries(trainOptions).find(([each]) => flagOf(each) === flag) ?? [];
    if (!option) return undefined;
    const inline = rest.length > 0 ? rest.join('=') : undefined;
    given[name!] = 'value' in option ? (inline ?? words[++at] ?? '') : true; // found with the option
  }
  // The options of `train` parse to a `TrainCommand`.
  return unlessRefused(() => parseOptions('train', trainOptions, given) as TrainCommand);
}

/**
 * The untrained network of a command; undefined if its file is missing.
 *
 * @param find resolves a path of the command
 */
export function networkOf(
  options: TrainCommand,
  find: (path: string) => string | undefined,
): SpikingNetwork | undefined {
  const { model = modelFor(options.dataset) } = options;
  if (model === undefined) return undefined;
  const here = Object.hasOwn(models, model) ? model : find(model);
  if (here === undefined) return undefined;
  return unlessRefused(() => network(openModelDescription(here, 'train').file, networkOptionsOf(options)));
}

function unlessRefused<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
