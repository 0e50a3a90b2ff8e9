/** The start of a run, either new or resumed from a checkpoint. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refuse, show } from '../../errors.ts';
import { entriesOf } from '../../keysOf.ts';
import { decodeModel, type EpochRecord, type ModelFile, type RunRecord } from '../../modelFile/index.ts';
import type { Ranks } from '../../mpi/index.ts';
import { variantText, type NetworkOptions, type SpikingNetwork } from '../../network/index.ts';
import {
  checkSettings,
  defaults,
  takesSurrogate,
  type Settings,
  type TrainingState,
} from '../../train/index.ts';
import { readFile } from '../files.ts';
import { flagOf, type ParsedOptions } from '../options/option.ts';
import type { trainOptions } from '../options/train.ts';
import { positionText } from '../output.ts';
import { checkIsFree, checkpointName, modelName, newestRun, refuseResume } from './folder.ts';

const where = 'train';

export type TrainCommand = ParsedOptions<typeof trainOptions>;

export interface Run {
  readonly net: SpikingNetwork;
  readonly settings: Settings;
  readonly record: RunRecord;
  readonly state: TrainingState | undefined;
  readonly epochs: EpochRecord[];
}

/** A decoded checkpoint. */
export type Saved = ModelFile & { readonly training: NonNullable<ModelFile['training']> };

/** The checkpoint for `--resume`; undefined for a new run. In a job, rank 0 reads it, so that other machines do not need the folder. */
export async function openSaved(options: TrainCommand, ranks?: Ranks): Promise<Saved | undefined> {
  const own = ranks && ranks.rank > 0 ? undefined : savedBytes(options);
  const bytes = ranks ? await ranks.bytesOfFirst(own) : own;
  if (!bytes?.length) return undefined;
  const path = join(options.out ?? '', checkpointName);
  const { training, ...saved } = decodeModel(bytes, path);
  if (!training) refuse(where, '--resume', 'a checkpoint', `${path}, a model`);
  return { ...saved, training };
}

/**
 * The bytes of the checkpoint for `--resume`. If `--dataset` is given and there is no checkpoint, a new run begins, so that a
 * batch script can be started again.
 */
function savedBytes({ resume, out, dataset }: TrainCommand): Uint8Array | undefined {
  if (!resume) {
    if (out !== undefined) checkIsFree(out);
    return undefined;
  }
  if (out === undefined) {
    const newest = newestRun();
    const next = newest === undefined ? undefined : `the newest run is ${newest}`;
    refuse(where, '--resume', '--out DIR, the folder of the run', undefined, next);
  }
  const path = join(out, checkpointName);
  if (!existsSync(path)) {
    if (!existsSync(join(out, modelName))) return dataset === undefined ? refuseResume(out) : undefined;
    refuse(where, '--resume', `a checkpoint in ${out}`, 'a model alone', 'name another folder');
  }
  return readFile(path, where);
}

/** The `--limit` with which a new run has the samples of a saved run: the size of the saved run's larger part. */
export function limitOf({ training: { run } }: Pick<Saved, 'training'>): number {
  return Math.max(run.trainSamples, run.testSamples);
}

/** The run that resumes from a checkpoint. Its number of epochs may increase. */
export function goOn(options: TrainCommand, saved: Saved, requested: Identity): Run {
  checkSameRun(options, saved, requested);
  const { state } = saved.training;
  const settings = { ...state.settings, epochs: options.epochs ?? state.settings.epochs };
  const { net, epochs } = saved;
  return { net, settings, record: requested.record, state: { ...state, settings }, epochs: [...epochs] };
}

/** The parts of a run that depend only on the options. */
type Identity = Pick<Run, 'net' | 'record'>;

/** Checks that the options equal those of the checkpoint. Only `--epochs` may be greater. An absent option counts as equal. */
function checkSameRun(options: TrainCommand, saved: Saved, { net, record }: Identity): void {
  const { out = '' } = options;
  const { state, run } = saved.training;
  const next = 'leave it out, or start in a new folder';
  const differs = (flag: string, expected: unknown, got: unknown): void => {
    if (JSON.stringify(expected) !== JSON.stringify(got))
      refuse(where, flag, `${show(expected)}, as the run in ${out} has`, got, next);
  };
  for (const [name, option] of entriesOf(settingOptions)) {
    if (name !== 'epochs' && options[option] !== undefined)
      differs(flagOf(option), optionValue(state.settings[name]), optionValue(options[option]));
  }
  const { description, variant } = saved.net;
  if (options.model !== undefined && layersOf(description) !== layersOf(net.description))
    refuse(where, '--model', `the network of the run in ${out}`, `another network, ${options.model}`, next);
  for (const [name, option] of entriesOf(sizeOptions))
    if (options[option] !== undefined) differs(flagOf(option), description[name], options[option]);
  if (options.variant !== undefined) differs('--variant', variantText(variant), variantText(net.variant));
  if (options.scale) differs('--scale', saved.net.trainedOn?.columns && 'columns', options.scale);
  differs('--dataset', run.dataset, record.dataset);
  const samples = ({ trainSamples, testSamples }: RunRecord): string =>
    `${trainSamples} training and ${testSamples} test images`;
  differs(options.limit === undefined ? '--dataset' : '--limit', samples(run), samples(record));
  const done = state.settings.epochs;
  if (options.epochs !== undefined && options.epochs < done) {
    refuse(where, '--epochs', `at least the ${done} of the run in ${out}`, options.epochs);
  }
}

/** The option for each setting, in the order in which a command lists them. */
export const settingOptions = {
  rule: 'rule',
  epochs: 'epochs',
  batch: 'batch',
  learningRate: 'lr',
  optimiser: 'optimiser',
  weightDecay: 'weightDecay',
  shard: 'shard',
  seed: 'seed',
  surrogate: 'surrogate',
  surrogateWidth: 'surrogateWidth',
  rateSteps: 'lrSteps',
} as const;

/** Converts a setting to the value of its option. A list of epochs becomes text. */
export const optionValue = (value: unknown): unknown =>
  Array.isArray(value) ? value.join(',') || 'none' : value;

/** The map and the layers of a network as text, to compare networks that may have different names. */
export const layersOf = ({ input, layers }: SpikingNetwork['description']): string =>
  JSON.stringify([input, layers]);

export function settingsOf(options: TrainCommand): Partial<Settings> {
  return defined(entriesOf(settingOptions).map(([setting, option]) => [setting, options[option]]));
}

const defined = (entries: readonly (readonly [string, unknown])[]): object =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined));

/**
 * Settings of a new run on the user's data. With few samples, the defaults would update the weights too rarely. Other values
 * then apply: more epochs (about 40,000 samples in all epochs together, but at most 100 epochs), a smaller batch, and without
 * `sgd` another learning rate.
 */
export function settingsFor(options: TrainCommand, samples: number): Settings {
  const requested = settingsOf(options);
  if (samples >= manySamples) return checkSettings(where, requested);
  const few = {
    epochs: Math.min(100, Math.ceil((defaults.epochs * manySamples) / samples)),
    batch: 16,
    ...(requested.optimiser !== 'sgd' && { learningRate: 0.002 }),
  };
  return checkSettings(where, { ...few, ...requested });
}

/** With at least this many samples, the defaults apply. */
const manySamples = 20_000;

/** The settings that depend on the number of samples, as text. */
export function settingsLine({ epochs, batch, learningRate }: Settings): string {
  return `${positionText({ epoch: epochs, batch: 0 })}, batch ${batch}, learning rate ${learningRate}`;
}

/** Refuses options of rule `stbp` with another rule. */
export function checkRuleOptions(options: TrainCommand): void {
  const { rule = 'asf' } = options;
  for (const name of ['surrogate', 'surrogateWidth'] as const) {
    if (!takesSurrogate(rule) && options[name] !== undefined)
      refuse(where, flagOf(name), '--rule stbp', `--rule ${rule}`);
  }
}

/** The options for numeric fields of a network's description, by field. */
export const sizeOptions = { timeWindow: 'window', threshold: 'threshold', leak: 'leak' } as const;

export function networkOptionsOf(options: TrainCommand): NetworkOptions {
  const { variant, rule } = options;
  const sizes = entriesOf(sizeOptions).map(([name, option]) => [name, options[option]] as const);
  return defined([['variant', variant], ...sizes, ['rule', rule]]);
}
