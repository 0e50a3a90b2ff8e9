/** Finds the command that repeats a training. Parses the options and the network of such a command. */
import { Command, CommanderError } from 'commander';
import { outputLayer } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import { entriesOf } from '../../keysOf.ts';
import { type NetworkFile, models, network, variantText, type SpikingNetwork } from '../../network/index.ts';
import { defaults, defaultSteps, type Settings } from '../../train/index.ts';
import { isUserData, modelFor, namedSet } from '../readers/datasets.ts';
import { fittingNetwork } from '../readers/fitting.ts';
import { openModelDescription } from '../models.ts';
import { addOptions, flagOf, parseOptions } from '../options/option.ts';
import { trainOptions } from '../options/train.ts';
import {
  layersOf,
  limitOf,
  networkOptionsOf,
  optionValue,
  settingOptions,
  sizeOptions,
  type Saved,
  type TrainCommand,
} from './run.ts';
import { quoted, wordsOf } from '../shell.ts';

/**
 * The command that repeats the training of a checkpoint with the same bits, and the text of a network file if `--model` has no name for
 * the network. Undefined if a setting has no option.
 */
export function commandOf(saved: Saved) {
  const { net, training } = saved;
  const { run, state } = training;
  for (const name of ['rateFactor', 'scaleEvery'] as const)
    if (state.settings[name] !== defaults[name]) return undefined;
  const { options, networkFile } = networkOptions(net, run.dataset);
  const all = {
    ...datasetOf(run.dataset),
    ...options,
    ...settingsToName(state.settings, isUserData(run.dataset)),
    ...(net.trainedOn?.columns && { scale: 'columns' }),
    limit: limitOf(saved),
  };
  const words = Object.entries(all).flatMap(([name, value]) => [flagOf(name), String(value)]);
  return { command: ['asf-bp', 'train', ...words].map(quoted).join(' '), networkFile };
}

type Values = Record<string, unknown>;

/** The options for a checkpoint's data set `id`: a path, or the name and the folder that `id` contains. */
export function datasetOf(id: string): { readonly dataset: string; readonly data?: string } {
  const { name, data } = namedSet(id) ?? { name: id };
  return { dataset: name, ...(data !== undefined && { data }) };
}

/**
 * The options for a network. If a known network has the same layers, the options are its name, unless this name is the default,
 * and the settings that differ from its own. Any other network needs a file with its description.
 */
function networkOptions(net: SpikingNetwork, dataset: string): { options: Values; networkFile?: string } {
  const { description, variant } = net;
  const known = [...Object.entries(models), ...(isUserData(dataset) ? fittingOf(net) : [])];
  const named = known.find(([, file]) => layersOf(network(file).description) === layersOf(description));
  if (!named) {
    const networkFile = JSON.stringify({ ...description, variant }, null, 1);
    return { options: { model: 'network.json' }, networkFile };
  }
  const [name, file] = named;
  const usual = network(file).description;
  const options: Values = {};
  if (name !== defaultName && name !== modelFor(dataset)) options['model'] = name;
  if (variantText(variant) !== file.variant) options['variant'] = variantText(variant);
  for (const [word, option] of entriesOf(sizeOptions)) {
    const value = description[word];
    if (value !== undefined && value !== usual[word]) options[option] = value;
  }
  return { options };
}

/** Stands for the network that `train` makes by default, which `--model` cannot name. */
const defaultName = '';

/** The default networks with the input map, the classes and the name of the given network. */
function fittingOf({ description, plan }: SpikingNetwork): [string, NetworkFile][] {
  const facts = { shape: plan.input, classes: outputLayer(plan).output.channels };
  const files = [false, true].map((isTable) => fittingNetwork({ ...facts, isTable }));
  return files.filter(({ name }) => name === description.name).map((file) => [defaultName, file]);
}

/** The settings to name: the number of epochs, those that differ from the defaults, and those whose default depends on the user's data. */
function settingsToName(settings: Settings, hasUserData: boolean): Values {
  const usual: Settings = { ...defaults, rateSteps: defaultSteps(settings.epochs) };
  const always = hasUserData ? ['epochs', 'batch', 'learningRate'] : ['epochs'];
  const named = entriesOf(settingOptions).filter(
    ([name]) => always.includes(name) || String(settings[name]) !== String(usual[name]),
  );
  return Object.fromEntries(named.map(([name, option]) => [option, optionValue(settings[name])]));
}

/** Parses the options of a `train` command line. Undefined for another command, and for options that `train` refuses. */
export function optionsOf(command: string): TrainCommand | undefined {
  const words = wordsOf(command);
  const start = words.indexOf('train');
  if (start < 0) return undefined;
  const bare = new Command()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  return unlessRefused(() => {
    const parsed = addOptions(bare, trainOptions).parse(words.slice(start + 1), { from: 'user' });
    // the options of `train` parse to a `TrainCommand`
    return parseOptions('train', trainOptions, parsed.opts()) as TrainCommand;
  });
}

/**
 * Makes a command's untrained network. Undefined if the network depends on the data, or if its file is missing or refused.
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
    if (error instanceof InputError || error instanceof CommanderError) return undefined;
    throw error;
  }
}
