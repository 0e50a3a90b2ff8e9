/** The stages before a training: network and checkpoint, backend, data, folder. Each stage refuses unsuitable input. */
import { weightsOf, type Network } from '../../../spec/network.ts';
import type { RuleName } from '../../../spec/rule.ts';
import { backendNames, deviceNames, isOnDevice, type RequestName } from '../../backend/index.ts';
import { checkDataset, firstOf, type Dataset } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import type { Ranks } from '../../mpi/index.ts';
import { checkClasses, checkTrainedOn } from '../../modelFile/index.ts';
import { shapeText, network, type NetworkFile } from '../../network/index.ts';
import { checkRule, checkSettings, defaultSteps, type Settings } from '../../train/index.ts';
import { backendOf, threadsOf } from '../backend.ts';
import { findDataset, isUserData, type DatasetSource } from '../readers/datasets.ts';
import { modelHint } from '../readers/fitting.ts';
import { factsOf } from '../readers/place.ts';
import { isFolder, prepareFolder } from '../files.ts';
import type { Io } from '../io.ts';
import type { FolderLock } from '../lock.ts';
import { openModelDescription } from '../models.ts';
import { shareFolder } from './distributed.ts';
import { checkIsFree, freeFolder } from './folder.ts';
import {
  checkRuleOptions,
  goOn,
  limitOf,
  networkOptionsOf,
  openSaved,
  settingsFor,
  settingsOf,
  type Run,
  type Saved,
  type TrainCommand,
} from './run.ts';

const where = 'train';

/** The arguments of a `train` command. */
export interface RunStart {
  readonly options: TrainCommand;
  readonly io: Io;
  readonly lock: FolderLock;
  /** The ranks of the job, if any. */
  readonly ranks?: Ranks;
}

/** Whether this process writes and prints. In a job, only rank 0 does. */
export const isFirst = ({ ranks }: RunStart): boolean => !ranks || ranks.rank === 0;

/** A run before its first batch. */
export type Opened = Awaited<ReturnType<typeof openRun>>;

export async function openRun(start: RunStart) {
  const { options, lock, ranks } = start;
  checkRuleOptions(options);
  const requested = checkSettings(where, settingsOf(options));
  // The lock is taken before the checkpoint is read.
  if (isFirst(start) && options.out !== undefined && isFolder(options.out)) await lock.take(options.out);
  const saved = await openSaved(options, ranks);
  const typed = options.dataset ?? saved?.training.run.dataset ?? 'mnist';
  // Without `--model`, the columns of a narrow table are scaled.
  const scale = options.scale ?? (options.model === undefined ? 'narrow' : undefined);
  const found = findDataset(typed, where, { data: options.data, scale });
  const { file, name, from } = descriptionFor(options, saved, found.network);
  const net = network(file, networkOptionsOf(options), from);
  const { backend, threads } = await backendFor(start, (saved?.net ?? net).rule);
  const limit = options.limit ?? (saved ? limitOf(saved) : Infinity);
  const { seed } = saved?.training.state.settings ?? requested;
  const data = { ...found, ...found.read({ ...(saved?.net ?? net), seed, limit }) };
  const split = { train: firstOf(data.train(), limit), test: firstOf(data.test(), limit) };
  const record = { dataset: data.id, trainSamples: split.train.length, testSamples: split.test.length };
  // New runs on the user's data often have few samples.
  const isFew = !saved && isUserData(options.dataset ?? 'mnist');
  const settings = isFew ? settingsFor(options, split.train.length) : requested;
  const run: Run = saved
    ? goOn(options, saved, { net, record })
    : { net, settings, record, state: undefined, epochs: [] };
  checkRule(run.net, run.settings);
  for (const part of [split.train, split.test]) checkFits(part, run.net.plan);
  for (const part of [split.train, split.test]) checkDataset(where, part, run.net.plan);
  keepData(run, data);
  return { name, saved, run, data, split, isFew, backend, threads };
}

/** The network of `--model`, of the checkpoint, or for the data set. */
function descriptionFor(
  options: TrainCommand,
  saved: Saved | undefined,
  byDefault: () => NetworkFile,
): ReturnType<typeof openModelDescription> {
  if (options.model !== undefined) return openModelDescription(options.model, where);
  const file = saved ? { ...saved.net.description, variant: saved.net.variant } : byDefault();
  return { file, name: file.name ?? 'network', from: where };
}

async function backendFor(
  { options, io, ranks }: RunStart,
  rule: RuleName,
): Promise<{ backend: RequestName; threads: number }> {
  const backend = await backendOf(where, io.stderr, options.backend, rule);
  const threads = threadsOf(where, backend, options.threads, ranks?.neighbours);
  const beside = (names: readonly string[]): string => `--backend ${names.join(' or ')}`;
  if (ranks && isOnDevice(backend))
    refuse(where, '--distributed', beside(backendNames), `--backend ${backend}`);
  if (options.verify !== undefined && !isOnDevice(backend))
    refuse(where, '--verify', beside(deviceNames), `--backend ${backend}`);
  return { backend, threads };
}

/** Stores facts about the data in the network, for the model file. */
function keepData({ net }: Run, { name, metadata }: DatasetSource): void {
  const { classes, ...rest } = metadata?.() ?? {};
  if (classes) net.classes = checkClasses(classes, where, net);
  net.trainedOn ??= checkTrainedOn({ dataset: name, ...rest }, where, net);
}

/** A warning if all samples have one class, or if a class has no sample, for example because labels count from 1. */
export function classesWarning(data: Dataset, names?: readonly string[]): string | undefined {
  const found = new Set(Array.from({ length: data.length }, (_, sample) => data.label(sample)));
  const [first] = found;
  if (found.size === 1)
    return `all training samples of ${data.name} are of class ${names?.[first] ?? first}: there is nothing to learn`;
  const most = [...found].reduce((one, other) => Math.max(one, other), 0);
  const absent = Array.from({ length: names?.length ?? most }, (_, label) => label).filter(
    (label) => !found.has(label),
  );
  if (absent.length === 0) return undefined;
  const more = absent.length > mostNamed ? ', …' : '';
  const words = absent.slice(0, mostNamed).map((label) => names?.[label] ?? label);
  const hint = names === undefined && absent[0] === 0 ? ': labels count from 0' : '';
  return `no training sample of ${data.name} is of class ${words.join(', ')}${more}${hint}`;
}

/** Limit on the classes that a warning names. */
const mostNamed = 5;

/** Below this share of firing inputs per step, the first layer receives too few spikes. */
const faintRate = 0.01;
/** Limit on the samples whose intensities are examined. */
const mostLookedAt = 100;

/** A warning if intensities are so small that few inputs fire. Perhaps the samples have another scale. */
export function faintWarning(data: Dataset, { variant, inputScale }: Network): string | undefined {
  const scale = variant.input === 'scaledIntensity' ? inputScale : 1;
  let [sum, count] = [0, 0];
  const looked = Math.min(mostLookedAt, data.length);
  for (let k = 0; k < looked; k++) {
    const sample = Math.floor((k * data.length) / looked);
    const input = data.input(sample, { seed: 1, stream: 'train', epoch: 0, sample });
    if (!('intensities' in input)) return undefined;
    const { intensities } = input;
    for (let i = 0; i < intensities.length; i++) sum += Math.min(1, Math.abs(intensities[i]) * scale);
    count += intensities.length;
  }
  if (sum >= faintRate * count) return undefined;
  const rate = `spike rate ${(sum / count).toFixed(4)}`;
  return `the input of ${data.name} hardly fires (${rate}): scale each of its columns or pictures to 0 … 1, or to 0 … 255`;
}

/** A notice for a run that resumes with more epochs. Its learning rate still falls at the default epoch for the old number of epochs. */
export function rateStepNotice({ epochs: before, rateSteps }: Settings, epochs: number): string | undefined {
  const [former, anew] = [before, epochs].map((count) => String(defaultSteps(count)));
  if (String(rateSteps) !== former || former === anew) return undefined;
  const other = `a run begun with ${epochs} epochs lowers it after epoch ${anew} and gets other weights`;
  return `the learning rate falls after epoch ${former}, the default for ${before} epochs; ${other}`;
}

/** Creates the folder of the run if necessary, takes its lock, and sends its name to all ranks. */
export async function takeFolder(start: RunStart, { name, saved, run, data }: Opened): Promise<string> {
  const { options, lock, ranks } = start;
  const { layers } = run.net.plan;
  const weights = layers.reduce((sum, layer) => sum + weightsOf(layer), 0);
  const out = options.out ?? (isFirst(start) ? freeFolder(data.name, name, where) : '');
  if (isFirst(start)) {
    prepareFolder(out, 3 * 12 * weights + run.settings.epochs * bytesOfRecord(layers.length), where);
    await lock.take(out);
    if (!saved) checkIsFree(out);
  }
  return ranks ? await shareFolder(out, ranks) : out;
}

/** Refuses samples that do not fit the network, and suggests a network that accepts them. */
function checkFits(data: Dataset, plan: Network): void {
  const [own, input] = [data.shape, plan.input].map(shapeText);
  if (own !== input)
    refuse(where, data.name, `samples of ${input}, as the network takes`, own, modelHint(factsOf(data)));
}

/**
 * Bytes for the record of an epoch, with spare space. The model and the checkpoint each contain this record. While new files
 * replace them, the old files contain the record too.
 */
const bytesOfRecord = (layers: number): number => 4 * (256 + 128 * layers);
