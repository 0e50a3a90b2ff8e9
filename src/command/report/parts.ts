/** Reads the parts of a page: experiments, and runs from JSON-line files or folders of `train`. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Variant } from '../../../spec/variant.ts';
import { checkDataset } from '../../data/index.ts';
import { InputError, refuse } from '../../errors.ts';
import { experiments, paperRowFor } from '../../experiment/index.ts';
import { decodeModel, type ModelFile } from '../../modelFile/index.ts';
import { digest, variantText, type SpikingNetwork } from '../../network/index.ts';
import { spelled } from '../../printable.ts';
import { datasetNames, openDataset } from '../readers/datasets.ts';
import { storedExperiment, linesOf } from '../experiment.ts';
import { readFile } from '../files.ts';
import { duration } from '../output.ts';
import { checkpointName, modelName } from '../run/folder.ts';
import { limitOf, type TrainCommand } from '../run/run.ts';
import { isFile, locate, readRunFile, type Entry, type Reach } from '../run/kept.ts';
import type { ExperimentData, NotShown, RunData } from './page/data.ts';
import { wordsOf } from './page/html.ts';
import { commandOf, datasetOf, networkOf, optionsOf } from '../run/repeat.ts';
import { lookAt } from './sample.ts';

/** A phrase for the folders that a report reads. The page shows no local paths. */
const below = 'below the folder of the report, or that of --root';

/** Reads a run from its JSON-line file, and its weights from the model that this file names. */
export async function openFile({ name, path }: Entry, where: string, root: string): Promise<RunData> {
  const reach = { folder: dirname(path), root };
  const run = readRunFile(readFile(path, where), `${where}: ${path}`);
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
  const fact = trained ? `${file}, whose weights have this digest` : file;
  const noModel =
    file === undefined ? 'no model of this run was kept.' : `its model ${file} is not ${below}.`;
  return {
    name,
    ...traitsOf(net, options && (options.dataset ?? 'mnist'), options?.limit),
    command: head?.command ?? { missing: 'The command was not kept with this run.' },
    facts: [
      ...netFacts(net),
      ...recordFacts(head?.facts ?? {}),
      ...(fact === undefined ? [] : [['model', fact] as const]),
    ],
    epochs,
    accuracy,
    digest: run.digest,
    sample: trained
      ? sampleOf(trained, options, reach, `${where}: ${path}`)
      : { missing: `Not shown: ${noModel}` },
  };
}

function readModel(path: string, where: string): ModelFile {
  return decodeModel(readFile(path, where), `${where}: ${path}`);
}

/** Reads a run from its folder: from the checkpoint, which has settings, or else from the model. */
export async function openFolder({ name, path }: Entry, where: string, root: string): Promise<RunData> {
  // a folder counts as a run if it has one of these files
  const file = [checkpointName, modelName].map((each) => join(path, each)).find(isFile)!;
  const { net, epochs, training } = readModel(file, where);
  const { run, state } = training ?? {};
  const repeat = training && commandOf({ net, epochs, training });
  const missing = training
    ? 'The command is not known: a program trained this, with settings for which there is no option.'
    : `The command is not known: ${modelName} has no settings, and there is no ${checkpointName}.`;
  const planned = state?.settings.epochs;
  return {
    name,
    ...traitsOf(net, run?.dataset, training && limitOf({ training })),
    command: repeat?.command ?? { missing },
    networkFile: repeat?.networkFile,
    facts: [
      ...netFacts(net),
      ...(run ? recordFacts({ train: run.trainSamples, test: run.testSamples }) : []),
    ],
    epochs,
    ...(planned !== undefined && epochs.length < planned && { planned }),
    accuracy: epochs.at(-1)?.accuracy,
    digest: await digest(net.weights!), // a model file has weights
    sample: sampleOf(net, run && datasetOf(run.dataset), { folder: path, root }, `${where}: ${path}`),
  };
}

/** The data set and network of a training, and the paper's row for it. */
function traitsOf(
  net: SpikingNetwork | undefined,
  id: string | undefined,
  limit: number | undefined,
): Pick<RunData, 'dataset' | 'network' | 'timeWindow' | 'paper'> {
  const dataset = id === undefined ? undefined : datasetOf(id).dataset;
  if (!net) return { dataset, network: '', timeWindow: undefined, paper: undefined };
  const { plan, description, rule, variant } = net;
  const neuron = plan.layers.every(({ λ }) => λ === 1) ? 'IF' : 'LIF';
  const { name } = description;
  const choices = variantWords(variant);
  const words = [name && wordsOf(name), neuron, choices !== 'authors' && `variant ${choices}`];
  const asPaper = { neuron, timeWindow: plan.T, dataset, network: name, limit } as const;
  return {
    dataset,
    network: words.filter(Boolean).join(', '),
    timeWindow: plan.T,
    paper: rule === 'asf' ? paperRowFor(asPaper) : undefined,
  };
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
  const { from, ...others } = JSON.parse(text) as Record<string, string>; // `variantText` writes it so
  const choices = Object.entries(others).map(([question, answer]) => `${question}: ${answer}`);
  return `${from}, but ${spelled(choices.join(', '))}`;
}

/** Displayed names of facts. Other facts are displayed under their names in the file. */
const factNames = new Map([
  ['train', 'training samples'],
  ['test', 'test samples'],
  ['seconds', 'time'],
]);

const recordFacts = (facts: Readonly<Record<string, string | number>>): [string, string][] =>
  Object.entries(facts).map(([name, value]) => [
    factNames.get(name) ?? name,
    name === 'seconds' && typeof value === 'number' ? duration(value) : String(value),
  ]);

/** A sample of the run's data set, or the reason why there is none. Throws if the model does not fit the data. */
function sampleOf(
  net: SpikingNetwork,
  options: TrainCommand | undefined,
  reach: Reach,
  where: string,
): RunData['sample'] {
  if (!options) return { missing: 'Not shown: the files do not say which data set it was trained on.' };
  const { plan } = net;
  const { dataset = 'mnist', data } = options;
  const isNamed = datasetNames.includes(dataset);
  const path = isNamed ? data : dataset;
  const here = path === undefined ? undefined : locate(path, reach);
  if (path !== undefined && here === undefined)
    return { missing: `Not shown: its data ${path} is not ${below}.` };
  const [id, folder] = isNamed || here === undefined ? [dataset, here] : [here, undefined];
  const test = orReason(() => openDataset(id, where, { ...net, data: folder }).test(), where);
  if ('missing' in test) return test;
  checkDataset(where, test, plan);
  return orReason(() => lookAt(where, net, test), where);
}

/** Returns the result of `get`, or the message of its `InputError` for the page. */
function orReason<T extends object>(get: () => T, where: string): T | NotShown {
  try {
    return get();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { missing: `Not shown: ${error.message.replace(`${where}: `, '')}` };
  }
}

/** Reads a folder of `experiment`, and reports on the results of its parts. */
export function openExperiment({ name, path }: Entry, where: string): ExperimentData {
  const { settings, summary } = storedExperiment(path, where);
  const { experiment, size, seed, variant } = settings;
  const command = `asf-bp experiment ${experiment} --size ${size} --seed ${seed}`;
  return {
    name,
    help: experiments[experiment].help,
    command: variant === 'authors' ? command : `${command} --variant ${variant}`,
    summary: summary
      ? { ...summary, digest: createHash('sha256').update(linesOf(summary)).digest('hex') }
      : { missing: 'The experiment is unfinished; its command resumes it.' },
  };
}
