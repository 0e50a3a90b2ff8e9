/** Reads kept runs as parts of a page: from a file of JSON lines, or from a folder of `train`. */
import type { Variant } from '../../../spec/variant.ts';
import { dirname, join } from 'node:path';
import { checkDataset } from '../../data/dataset.ts';
import { InputError, refuse } from '../../errors.ts';
import { paperRowFor } from '../../experiment/paper.ts';
import { spelled } from '../../printable.ts';
import { readKeptRun, type RunHead } from './keptRun.ts';
import { decodeModel, type ModelFile } from '../../modelFile/model.ts';
import { digest, variantText, type SpikingNetwork } from '../../network/network.ts';
import { datasetNames, openDataset } from '../data/datasets.ts';
import { readFile } from '../files.ts';
import { checkpointName, modelName } from '../run/folder.ts';
import { isFile, locate, type Kept, type Reach } from './kept.ts';
import { duration } from '../output.ts';
import type { RunPart } from './page/data.ts';
import { commandOf, networkOf, optionsOf } from './repeat.ts';
import { limitOf, type TrainCommand } from '../run/run.ts';
import { lookAt } from './sample.ts';

/** Index of the displayed test sample. */
const shownSample = 0;

/** Where a report reads, without a local path, which the page does not show. */
const below = 'below the folder of the report, or that of --root';

/** Reads a run from its file, and its weights from the path in its head. */
export async function openKeptFile({ name, path }: Kept, where: string, root: string): Promise<RunPart> {
  const reach = { folder: dirname(path), root };
  const run = readKeptRun(readFile(path, where), `${where}: ${path}`);
  const { head, epochs, accuracy } = run;
  const options = head && optionsOf(head.command);
  const file = head ? head.model : run.model;
  const model = file === undefined ? undefined : locate(file, reach);
  const trained = model !== undefined && isFile(model) ? readModel(model, where).net : undefined;
  if (trained) {
    const found = await digest(trained.weights!); // a model file has weights
    if (found !== run.digest)
      refuse(`${where}: ${model}`, 'digest', `${run.digest}, as ${path} has`, found, 'it is another model');
  }
  const net = trained ?? (options && networkOf(options, (typed) => locate(typed, reach)));
  const noModel =
    file === undefined
      ? 'Not shown: no model was kept of this run.'
      : `Not shown: its model ${file} is not ${below}.`;
  return {
    name,
    ...traitsOf(net, options?.dataset ?? (options && 'mnist'), options?.limit),
    command: head?.command ?? { missing: 'The command was not kept with this run.' },
    facts: [...netFacts(net), ...headFacts(head), ...modelFacts(file, trained !== undefined)],
    epochs,
    accuracy,
    digest: run.digest,
    sample: trained ? sampleOf(trained, options, reach, `${where}: ${path}`) : { missing: noModel },
  };
}

function modelFacts(file: string | undefined, isChecked: boolean): [string, string][] {
  if (file === undefined) return [];
  return [['model', isChecked ? `${file}, whose weights have this digest` : file]];
}

function readModel(path: string, where: string): ModelFile {
  return decodeModel(readFile(path, where), `${where}: ${path}`);
}

/** Reads a run from its folder: from its checkpoint, which has its settings, or else from its model. */
export async function openRunFolder({ name, path }: Kept, where: string, root: string): Promise<RunPart> {
  // The folder is taken for a run by one of them.
  const file = [checkpointName, modelName].map((each) => join(path, each)).find(isFile)!;
  const { net, epochs, training } = readModel(file, where);
  const repeat = training && commandOf({ net, epochs, training });
  const missing = training
    ? 'The command is not known: a program trained this, with settings that no option has.'
    : `The command is not known: ${modelName} has no settings, and there is no ${checkpointName}.`;
  return {
    name,
    ...traitsOf(net, training?.run.dataset, training && limitOf({ training })),
    command: repeat?.command ?? { missing },
    networkFile: repeat?.networkFile,
    facts: [...netFacts(net), ...trainingFacts(training)],
    epochs,
    ...(training &&
      epochs.length < training.state.settings.epochs && { planned: training.state.settings.epochs }),
    accuracy: epochs.at(-1)?.accuracy,
    digest: await digest(net.weights!), // a model file has weights
    sample: sampleOf(
      net,
      training && datasetOf(training.run.dataset),
      { folder: path, root },
      `${where}: ${path}`,
    ),
  };
}

function trainingFacts(training: ModelFile['training']): [string, string][] {
  if (!training) return [];
  const { run } = training;
  return [
    ['training samples', String(run.trainSamples)],
    ['test samples', String(run.testSamples)],
  ];
}

/** Data set, network and neuron of a training, and the paper's number for it. */
function traitsOf(
  net: SpikingNetwork | undefined,
  id: string | undefined,
  limit: number | undefined,
): Pick<RunPart, 'dataset' | 'network' | 'neuron' | 'timeWindow' | 'rule' | 'paper'> {
  const dataset = id?.replace(/^([\w-]+):.*$/s, '$1');
  if (!net) {
    const unknown = {
      network: undefined,
      neuron: undefined,
      timeWindow: undefined,
      rule: undefined,
    } as const;
    return { dataset, ...unknown, paper: undefined };
  }
  const { plan, description, rule } = net;
  const neuron = plan.layers.every(({ λ }) => λ === 1) ? 'IF' : 'LIF';
  const traits = { dataset, network: description.name, neuron, timeWindow: plan.T } as const;
  return { ...traits, rule, paper: rule === 'asf' ? paperRowFor({ ...traits, limit }) : undefined };
}

function netFacts(net: SpikingNetwork | undefined): [string, string][] {
  if (!net) return [];
  const { variant, rule, description, plan } = net;
  return [
    ['variant', variantWords(variant)],
    ['rule', rule],
    ['steps, T', String(plan.T)],
    ['threshold', String(description.threshold)],
    ['leak', String(description.leak ?? 1)],
  ];
}

/** `paper`, or `paper, but gate: positive input`. */
function variantWords(variant: Variant): string {
  const text = variantText(variant);
  if (!text.startsWith('{')) return text;
  const { from, ...others } = JSON.parse(text) as Record<string, string>; // as variantText writes it
  return `${from}, but ${spelled(
    Object.entries(others)
      .map(([question, answer]) => `${question}: ${answer}`)
      .join(', '),
  )}`;
}

/** Display names for the facts of a head; others keep their own names. */
const headNames: Readonly<Record<string, string>> = {
  train: 'training samples',
  test: 'test samples',
  seconds: 'time',
};

function headFacts(head: RunHead | undefined): [string, string][] {
  return Object.entries(head?.facts ?? {}).map(([name, value]) => [
    Object.hasOwn(headNames, name) ? headNames[name] : name,
    name === 'seconds' && typeof value === 'number' ? duration(value) : String(value),
  ]);
}

/** `NAME:FOLDER` is a checkpoint's name for a named data set in another folder. */
function datasetOf(id: string): TrainCommand {
  const [, dataset, data] = /^([\w-]+):(.+)$/s.exec(id) ?? [];
  return dataset === undefined ? { dataset: id } : { dataset, data };
}

/** A sample of the run's own data set, or the reason why it is missing. Refuses a model that does not fit it. */
function sampleOf(
  net: SpikingNetwork,
  options: TrainCommand | undefined,
  reach: Reach,
  where: string,
): RunPart['sample'] {
  if (!options) return { missing: 'Not shown: the files do not say which data set it was trained on.' };
  const { plan } = net;
  const { dataset = 'mnist', data } = options;
  const isNamed = datasetNames.includes(dataset);
  const path = isNamed ? data : dataset;
  const here = path === undefined ? undefined : locate(path, reach);
  if (path !== undefined && here === undefined)
    return { missing: `Not shown: its data ${path} are not ${below}.` };
  const [id, place] = isNamed || here === undefined ? [dataset, here] : [here, undefined];
  const test = orReason(() => openDataset(id, where, { ...net, data: place }).test(), where);
  if ('missing' in test) return test;
  checkDataset(where, test, plan);
  return orReason(() => lookAt(where, net, test, shownSample), where);
}

/** The result of `get`; if it is refused, the reason, to be shown in its place. */
function orReason<T extends object>(get: () => T, where: string): T | { readonly missing: string } {
  try {
    return get();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { missing: `Not shown: ${error.message.replace(`${where}: `, '')}` };
  }
}
