/** Runs the trainings of experiments on this machine, and saves their results in a folder. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { weightsOf } from '../../spec/network.ts';
import { openBackend } from '../backend/index.ts';
import { firstOf, sliceOf } from '../data/index.ts';
import type { Laboratory, Timed, Trained, Training } from '../experiment/index.ts';
import { digest, network, type SpikingNetwork } from '../network/index.ts';
import { type Split, memoryFor, checkSettings, timeRule, type Settings, train } from '../train/index.ts';
import { namedSet, openDataset } from './readers/datasets.ts';
import { prepareFolder } from './files.ts';
import type { Terminal } from './io.ts';
import { checkpointName } from './run/folder.ts';
import { openModel } from './models.ts';
import { ProgressLine } from './output.ts';
import { carryOut } from './run/training.ts';

const where = 'experiment';
const backend = 'wasm';

/** Thrown if a signal stops the work. Earlier results are saved. */
export class Stopped extends Error {}

export interface LaboratoryOptions {
  readonly folder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly stderr: Terminal;
  readonly isQuiet: boolean;
  /** The folder of `--data`, by the name of its data set. */
  readonly data: Readonly<Record<string, string>>;
}

export class CommandLaboratory implements Laboratory {
  /** Text that precedes the progress of the current part. */
  title = '';
  private readonly options: LaboratoryOptions;
  private readonly sources = new Map<string, Split>();
  /** Seconds per sample and step, by network, rule and batch. */
  private readonly speeds = new Map<string, Promise<number>>();

  constructor(options: LaboratoryOptions) {
    this.options = options;
  }

  /** Estimates the seconds of a training. A test sample counts as half a training sample. */
  async estimate(training: Training): Promise<number> {
    const { net, settings, split } = this.open(training);
    const key = JSON.stringify([training.model, training.options.rule, training.settings.batch]);
    const speed = this.speeds.get(key) ?? this.secondsOfStep(training, settings.batch, net.plan.T);
    this.speeds.set(key, speed);
    const tested = split.test.length + (split.validation?.length ?? 0);
    return settings.epochs * (split.train.length + tested / 2) * net.plan.T * (await speed);
  }

  /**
   * Measures the seconds per sample and step. The first batches are slow, so the measurement takes about a second: one
   * uncounted batch, then at most 20 batches of up to 32 samples.
   */
  private async secondsOfStep(training: Training, most: number, T: number): Promise<number> {
    const batch = Math.min(most, 32);
    const { seconds } = await this.time({ ...training, settings: { ...training.settings, batch } }, 20, 1);
    return seconds / (batch * T);
  }

  /** @param most limit in seconds, after which no batch begins; at least one batch is measured */
  async time(training: Training, batches: number, most = Infinity): Promise<Timed> {
    const { signal, threads, stderr, isQuiet } = this.options;
    const { net, settings, split } = this.open(training);
    const seconds: number[] = [];
    // One more batch, because the first one warms up the engine.
    const data = firstOf(split.train, (batches + 1) * settings.batch);
    const line = new ProgressLine(stderr, isQuiet);
    const first = performance.now();
    let began = first;
    for await (const { batch, batches: of } of train(net, data, {
      ...settings,
      epochs: 1,
      backend,
      threads,
    })) {
      seconds.push((performance.now() - began) / 1000);
      line.show(`${this.title}batch`, batch + 1, of);
      if (signal.aborted) break;
      began = performance.now();
      if (seconds.length > 1 && began - first > 1000 * most) break;
    }
    line.clear();
    if (signal.aborted) throw new Stopped();
    const sorted = seconds.slice(Math.min(1, seconds.length - 1)).sort((a, b) => a - b);
    return {
      seconds: sorted[Math.floor(sorted.length / 2)],
      threads,
      bytes: bytesOf(net, settings, threads),
      bytesOneThread: bytesOf(net, settings, 1),
      batches: Math.ceil(split.train.length / settings.batch),
    };
  }

  async train(name: string, training: Training): Promise<Trained> {
    const { folder, threads, signal, stderr, isQuiet } = this.options;
    const out = join(folder, name);
    const { net, settings, split } = this.open(training);
    const weights = net.plan.layers.reduce((sum, layer) => sum + weightsOf(layer), 0);
    prepareFolder(out, 3 * 12 * weights, where);
    const samples = {
      train: split.train.length,
      validation: split.validation?.length ?? 0,
      test: split.test.length,
    };
    const { dataset } = training;
    const record = { dataset, trainSamples: samples.train, testSamples: samples.test };
    const checkpoint = join(out, checkpointName);
    const saved = existsSync(checkpoint) ? openModel(checkpoint, where) : undefined;
    const state = saved?.training?.state;
    const run = { net: saved?.net ?? net, settings, record, state, epochs: [...(saved?.epochs ?? [])] };
    const next = 'the same command resumes';
    const manner = { out, stderr, isQuiet, title: this.title, next, onEpoch: () => {} };
    const done = await carryOut(run, split, { backend, threads, signal }, manner);
    if (!done) throw new Stopped();
    // The checkpoint, three times as large as the model, is no longer needed.
    rmSync(checkpoint);
    return { epochs: run.epochs, digest: await digest(done.weights), samples };
  }

  private open({ dataset, model, options, settings: requested, samples }: Training): {
    net: SpikingNetwork;
    settings: Settings;
    split: Split;
  } {
    const net = network(model, options, where);
    const { plan, rule } = net;
    const settings = checkSettings(where, { ...requested, rule });
    const { seed } = settings;
    // PNG images do not depend on the network, so they are read once. Those of CIFAR-10 take 184 MB.
    const seenBy =
      namedSet(dataset)?.set.file === 'png' ? [] : [plan.input, plan.T, plan.variant.input, seed];
    const key = JSON.stringify([dataset, ...seenBy]);
    let whole = this.sources.get(key);
    if (!whole) {
      const source = openDataset(dataset, where, { data: this.options.data[dataset], plan, seed });
      whole = { train: source.train(), test: source.test() };
      this.sources.set(key, whole);
    }
    const all = firstOf(whole.train, samples.train);
    const test = firstOf(whole.test, samples.test);
    const { validation } = samples;
    if (validation === 0) return { net, settings, split: { train: all, test } };
    const aside = validation < 1 ? Math.max(1, Math.round(validation * all.length)) : validation;
    const trainCount = Math.max(1, all.length - aside);
    return {
      net,
      settings,
      split: { train: firstOf(all, trainCount), test, validation: sliceOf(all, trainCount) },
    };
  }
}

/** Bytes that the passes of a training need. */
function bytesOf({ plan }: SpikingNetwork, settings: Settings, threads: number): number {
  const { batch, shard, optimiser } = settings;
  const opened = openBackend(backend, plan, where, threads);
  try {
    const needs = { batch, shard, moments: optimiser === 'adam', rule: timeRule(settings) };
    return memoryFor(opened, needs);
  } finally {
    opened.dispose();
  }
}
