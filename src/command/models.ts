/** Opens the networks of the command by name, description or model file. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { neuronsOf } from '../../spec/network.ts';
import { firstOf, type Dataset } from '../data/index.ts';
import { InputError, nearest, refuse } from '../errors.ts';
import { parseJsonBytes } from '../formats/index.ts';
import { decodeModel, type ModelFile, type RunRecord } from '../modelFile/index.ts';
import { lenet, type NetworkFile, models, network, type SpikingNetwork } from '../network/index.ts';
import { datasetNames, isUserData, modelFor, openDataset } from './readers/datasets.ts';
import { lastTenths, type Viewer } from './readers/place.ts';
import { checkKind } from './fileKind.ts';
import { isFolder, namesIn, readFile } from './files.ts';
import { checkpointName, modelName } from './run/folder.ts';

/** A description, its name, and the prefix of errors about it. */
interface Described {
  readonly file: NetworkFile;
  readonly name: string;
  readonly from: string;
}

/** Opens a description by name or from a JSON file. `others` lists further values of the option, for the error. */
export function openModelDescription(
  model: string,
  where: string,
  { option = '--model', others = '' } = {},
): Described {
  if (Object.hasOwn(models, model)) return { file: models[model], name: model, from: where };
  if (!existsSync(model)) {
    const near = nearest(model, Object.keys(models));
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    const known = `${Object.keys(models).join(', ')}, or a JSON file${others}`;
    throw new InputError(
      `${where}: "${option}" expected one of ${known}, got ${model}: no such name or file${hint}`,
    );
  }
  const parsed = parseJsonBytes(checkKind(readFile(model, where), ['json'], where, model), model);
  const name = basename(model, '.json');
  // Resumed runs and reports show this name.
  const isNameless =
    typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && !('name' in parsed);
  return { file: (isNameless ? { name, ...parsed } : parsed) as NetworkFile, name, from: model }; // `network` checks it
}

/** A saved model with another time window than in its training. */
export function withWindow(net: SpikingNetwork, timeWindow: number, where: string): SpikingNetwork {
  const file = { ...net.description, variant: net.variant };
  const { description, variant, plan } = network(file, { timeWindow }, where);
  return { ...net, description, variant, plan };
}

/** A description as in {@link openModelDescription}, or the description of a saved model. */
export function openAnyDescription(
  model: string,
  where: string,
  option = '--model',
): Pick<Described, 'file' | 'from'> & Pick<Viewer, 'classes' | 'trainedOn'> {
  const path = Object.hasOwn(models, model) ? undefined : modelPath(model);
  if (!path?.endsWith(ending))
    return openModelDescription(model, where, { option, others: ', a model or a run' });
  const { description, variant, classes, trainedOn } = openModel(model, where).net;
  return { file: { ...description, variant }, from: where, classes, trainedOn };
}

/** The run in a folder, or the run that wrote a model; undefined if none is there. */
export function runOf(typed: string, where: string): RunRecord | undefined {
  const path = join(isFolder(typed) ? typed : dirname(typed), checkpointName);
  if (!existsSync(path)) return undefined;
  return decodeModel(readFile(path, where), path).training?.run;
}

/** The id of a model's training data. It comes from the run, the model file, or the network's name. Undefined if unknown. */
export function trainedOnOf(typed: string, net: SpikingNetwork, where: string): string | undefined {
  const run = runOf(typed, where);
  if (run) return run.dataset;
  const named =
    net.trainedOn?.dataset ?? datasetNames.find((name) => modelFor(name) === net.description.name);
  return named !== undefined && isUserData(named) ? resolve(named) : named;
}

/** The samples that test a saved model, from `--dataset` or the data set of its training, and how these samples were chosen. */
export function openTestSamples(
  path: string,
  net: SpikingNetwork,
  { dataset, data, limit }: { readonly dataset?: string; readonly data?: string; readonly limit?: number },
  where: string,
): { readonly samples: Dataset; readonly chosen: string | undefined } {
  const trainedOn = trainedOnOf(path, net, where);
  const typed = dataset ?? checkTrainingData(trainedOn, net, where);
  const { id, name, test, whole } = openDataset(typed, where, { ...net, data, limit });
  if (!whole) return { samples: firstOf(test(), limit), chosen: undefined };
  // Without a test part, all samples are tested, unless the model was trained on nine tenths of them.
  return id === trainedOn
    ? {
        samples: firstOf(test(), limit),
        chosen: `${name}: ${lastTenths}, since the model was trained on data of this name`,
      }
    : { samples: firstOf(whole(), limit), chosen: `${name}: all samples` };
}

/**
 * The data set that tests a model if `--dataset` is absent: the model's training data. If the model does not name any, MNIST is
 * used, provided that its images have as many pixels as the network has inputs.
 */
function checkTrainingData(trainedOn: string | undefined, { plan }: SpikingNetwork, where: string): string {
  const isLost =
    trainedOn === undefined
      ? neuronsOf(plan.input) !== neuronsOf(lenet.input)
      : isUserData(trainedOn) && !existsSync(trainedOn);
  if (!isLost) return trainedOn ?? 'mnist';
  const expected = 'the data set that the model was trained on';
  if (trainedOn === undefined) refuse(where, '--dataset', expected, undefined, 'the file does not name it');
  refuse(where, '--dataset', `${expected}, ${basename(trainedOn)}`, undefined, `${trainedOn} does not exist`);
}

/** Opens a model or a checkpoint: a file, its name without the ending, the folder of a run, or a bundled model. */
export function openModel(typed: string, where: string): ModelFile {
  const path = modelPath(typed);
  if (path !== undefined) return decodeModel(checkKind(readFile(path, where), ['model'], where, path), path);
  const reason = existsSync(typed) ? `it is a folder without ${modelName}` : 'no such file or folder';
  const shipped = shippedModels(where);
  const hint = shipped.length > 0 ? `; shipped with asf-bp: ${shipped.join(', ')}` : '';
  throw new InputError(`${where}: cannot read ${typed}: ${reason}${hint}`);
}

function modelPath(typed: string): string | undefined {
  const shipped = packageFolder();
  const candidates = [typed, join(shipped, typed), join(shipped, 'models', typed)].flatMap((path) => [
    path,
    `${path}${ending}`,
    join(path, modelName),
  ]);
  return candidates.find((path) => existsSync(path) && !isFolder(path));
}

const ending = '.safetensors';

function shippedModels(where: string): string[] {
  const files = namesIn(join(packageFolder(), 'models'), where).filter((file) => file.endsWith(ending));
  return files.map((file) => `models/${basename(file, ending)}`);
}

/** The folder of this package: the nearest folder above this file with a package.json. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
