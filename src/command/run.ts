/** Runs and their folders: what a run starts from, and what it may be resumed with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, refuse } from '../errors.ts';
import { decodeModel, type EpochRecord, type RunRecord } from '../formats/model.ts';
import type { NetworkOptions, SpikingNetwork } from '../network/network.ts';
import type { Settings } from '../train/settings.ts';
import type { TrainingState } from '../train/state.ts';
import { readFile } from './files.ts';

const where = 'train';

/** Parsed options of `train`. */
export interface TrainCommand {
  readonly dataset?: string;
  readonly model?: string;
  readonly variant?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly window?: number;
  readonly threshold?: number;
  readonly leak?: number;
  readonly lr?: number;
  readonly lrSteps?: number[];
  readonly optimiser?: 'adam' | 'sgd';
  readonly weightDecay?: number;
  readonly shard?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly backend?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** What a run starts from or goes on with. */
export interface Run {
  readonly net: SpikingNetwork;
  readonly settings: Settings;
  readonly record: RunRecord;
  readonly state: TrainingState | undefined;
  readonly epochs: EpochRecord[];
}

export const checkpointName = 'checkpoint.safetensors';
export const modelName = 'model.safetensors';

/** The state that the run starts from: a checkpoint with `--resume`, else nothing. */
export function openRun(
  options: TrainCommand,
  out: string,
  net: SpikingNetwork,
  settings: Settings,
  record: RunRecord,
): Run {
  const path = join(out, checkpointName);
  if (!options.resume) {
    const other = [checkpointName, modelName].find((name) => existsSync(join(out, name)));
    if (other)
      refuse(
        where,
        '--out',
        'a folder without a run',
        `${out}, which has ${other}`,
        'add --resume, or name another folder',
      );
    return { net, settings, record, state: undefined, epochs: [] };
  }
  if (!existsSync(path) && existsSync(join(out, modelName))) {
    refuse(where, '--resume', `a checkpoint in ${out}`, 'a model alone', 'name another folder');
  }
  if (!existsSync(path)) return { net, settings, record, state: undefined, epochs: [] };
  const saved = decodeModel(readFile(path, where), path);
  if (!saved.training) refuse(where, '--resume', 'a checkpoint', `${path}, a model`);
  const { state, run } = saved.training;
  checkSameRun(
    options,
    out,
    { net, settings, record },
    { net: saved.net, settings: state.settings, record: run },
  );
  const more = { ...state.settings, epochs: options.epochs ?? state.settings.epochs };
  return {
    net: saved.net,
    settings: more,
    record,
    state: { ...state, settings: more },
    epochs: [...saved.epochs],
  };
}

type Identity = Pick<Run, 'net' | 'settings' | 'record'>;

/** What was asked for must be what the checkpoint has; the number of epochs may grow. */
function checkSameRun(options: TrainCommand, out: string, asked: Identity, saved: Identity): void {
  const differs = (what: string, expected: unknown, got: unknown): void => {
    if (JSON.stringify(expected) === JSON.stringify(got)) return;
    refuse(where, what, `${JSON.stringify(expected)}, as the run in ${out} has`, got, 'start a new folder');
  };
  const given = settingsOf(options);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === 'epochs') continue;
    differs(name, saved.settings[name as keyof Settings], value);
  }
  if (options.model !== undefined) {
    differs('--model', saved.net.description.layers, asked.net.description.layers);
    differs('--model', saved.net.description.input, asked.net.description.input);
  }
  if (options.window !== undefined) differs('--window', saved.net.plan.T, options.window);
  if (options.threshold !== undefined)
    differs('--threshold', saved.net.description.threshold, options.threshold);
  if (options.leak !== undefined) differs('--leak', saved.net.description.leak, options.leak);
  if (options.variant !== undefined) differs('--variant', saved.net.variant, asked.net.variant);
  differs('--dataset and --limit', saved.record, asked.record);
  const done = saved.settings.epochs;
  if (options.epochs !== undefined && options.epochs < done) {
    refuse(where, '--epochs', `at least the ${done} of the run in ${out}`, options.epochs);
  }
}

export function settingsOf(options: TrainCommand): Partial<Settings> {
  const { epochs, batch, shard, seed, lr, lrSteps, optimiser, weightDecay } = options;
  const all = { epochs, batch, shard, seed, optimiser, weightDecay, learningRate: lr, rateSteps: lrSteps };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function networkOptionsOf({ variant, window, threshold, leak }: TrainCommand): NetworkOptions {
  const all = { variant, timeWindow: window, threshold, leak };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `runs/mnist-lenet-1`, or the next number that is free. */
export function freeFolder(dataset: string, model: string): string {
  const safe = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'x';
  for (let k = 1; k < 1e6; k++) {
    const folder = join('runs', `${safe(dataset)}-${safe(model)}-${k}`);
    if (!existsSync(folder)) return folder;
  }
  throw new InputError(`${where}: "--out" expected a name, got nothing, and runs/ is full`);
}

/** The command that goes on with this run, for a shell. */
export function resumeLine({ dataset, limit }: TrainCommand, out: string): string {
  const quoted = (text: string): string =>
    /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
  const rest = [
    dataset === undefined ? '' : ` --dataset ${quoted(dataset)}`,
    limit === undefined ? '' : ` --limit ${limit}`,
  ];
  return `npx asf-bp train --out ${quoted(out)} --resume${rest.join('')}`;
}
