/** The laboratory of experiments: a folder, and the threads and data sets of this machine. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { weightsOf } from '../../spec/network.ts';
import { openBackend } from '../backend/open.ts';
import { firstOf, sliceOf, type Dataset } from '../data/dataset.ts';
import type { Laboratory, Timed, Trained, Training } from '../experiment/experiment.ts';
import { digest, network } from '../network/network.ts';
import type { Split } from '../train/fit.ts';
import { memoryFor } from '../train/memory.ts';
import { checkSettings, timeRule } from '../train/settings.ts';
import { train } from '../train/train.ts';
import { hasImages, openDataset } from './data/datasets.ts';
import { prepareFolder } from './files.ts';
import type { Terminal } from './io.ts';
import { checkpointName } from './run/folder.ts';
import { openModel } from './models.ts';
import { ProgressLine } from './output.ts';
import type { Run } from './run/run.ts';
import { carryOut } from './run/training.ts';

const where = 'experiment';
const backend = 'wasm';

/** A signal stopped the work before its end. Results so far are kept. */
export class Stopped extends Error {}

export interface LaboratoryOptions {
  /** Folder of the parts. */
  readonly folder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly stderr: Terminal;
  readonly isQuiet: boolean;
  /** The data set with a folder of its own, and that folder. */
  readonly data: Readonly<Record<string, string>>;
}

export class CommandLaboratory implements Laboratory {
  /** Text before the progress of the current part. */
  title = '';
  private readonly place: LaboratoryOptions;
  private readonly sources = new Map<string, Split>();
  /** Seconds per sample and step, by network and rule. */
  private readonly speeds = new Map<string, Promise<number>>();

  constructor(place: LaboratoryOptions) {
    this.place = place;
  }

  /** Counts a test as half a training; it takes less. */
  async estimate(training: Training): Promise<number> {
    const { model, options, settings } = training;
    const split = this.split(training);
    const { plan } = network(model, options, where);
    const key = JSON.stringify([model, options.rule, settings.batch]);
    const speed = this.speeds.get(key) ?? this.secondsOfStep(training, plan.T);
    this.speeds.set(key, speed);
    const tested = split.test.length + (split.validation?.length ?? 0);
    const samples = checkSettings(where, settings).epochs * (split.train.length + tested / 2);
    return samples * plan.T * (await speed);
  }

  /** Times up to 20 batches of at most 32 samples, for about a second: an engine is fast only after some. */
  private async secondsOfStep(training: Training, T: number): Promise<number> {
    const { batch: asked } = checkSettings(where, training.settings);
    const batch = Math.min(asked, 32);
    const { seconds } = await this.time({ ...training, settings: { ...training.settings, batch } }, 20, 1);
    return seconds / (batch * T);
  }

  /** @param most seconds after which no batch is begun, if one was measured */
  async time(training: Training, batches: number, most = Infinity): Promise<Timed> {
    const { signal, threads } = this.place;
    const { net, settings } = this.open(training);
    const { train: all } = this.split(training);
    const seconds: number[] = [];
    // The first batch warms up the engine.
    const data = firstOf(all, (batches + 1) * settings.batch);
    const line = new ProgressLine(this.place.stderr, this.place.isQuiet);
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
    const median = sorted[Math.floor(sorted.length / 2)];
    return {
      seconds: median,
      threads,
      bytes: this.memory(training, threads),
      bytesOneThread: this.memory(training, 1),
      batches: Math.ceil(all.length / settings.batch),
    };
  }

  async train(name: string, training: Training): Promise<Trained> {
    const { threads, signal, stderr, isQuiet } = this.place;
    const out = join(this.place.folder, name);
    const run = this.run(out, training);
    const weights = run.net.plan.layers.reduce((sum, layer) => sum + weightsOf(layer), 0);
    prepareFolder(out, 3 * 12 * weights, where);
    const split = this.split(training);
    const state = await carryOut(run, split, {
      out,
      backend,
      threads,
      signal,
      stderr,
      isQuiet,
      title: this.title,
      next: 'the same command goes on',
      onEpoch: () => {},
    });
    if (!state) throw new Stopped();
    // The checkpoint is no longer needed, and three times as large as the model.
    rmSync(join(out, checkpointName));
    const samples = {
      train: split.train.length,
      validation: split.validation?.length ?? 0,
      test: split.test.length,
    };
    return { epochs: run.epochs, digest: await digest(state.weights), samples };
  }

  /** A training, either new or resumed from its folder. */
  private run(out: string, training: Training): Run {
    const { net, settings } = this.open(training);
    const { train: data, test } = this.split(training);
    const record = {
      dataset: training.dataset,
      trainSamples: data.length,
      testSamples: test.length,
    };
    const path = join(out, checkpointName);
    if (!existsSync(path)) return { net, settings, record, state: undefined, epochs: [] };
    const saved = openModel(path, where);
    return { net: saved.net, settings, record, state: saved.training?.state, epochs: [...saved.epochs] };
  }

  private open({ model, options, settings: given }: Training): Pick<Run, 'net' | 'settings'> {
    const net = network(model, options, where);
    return { net, settings: checkSettings(where, { ...given, rule: net.rule }) };
  }

  private memory(training: Training, threads: number): number {
    const { net, settings } = this.open(training);
    const { batch, shard, optimiser } = settings;
    const opened = openBackend(backend, net.plan, where, threads);
    try {
      const rule = timeRule(settings);
      return memoryFor(opened, { batch, shard, moments: optimiser === 'adam', rule }) ?? 0;
    } finally {
      opened.dispose();
    }
  }

  private split({ dataset, model, options, settings, samples }: Training): Split {
    const { plan } = network(model, options, where);
    const { seed } = checkSettings(where, settings);
    // Images are read once, and not again for every window: those of CIFAR-10 take 184 MB.
    const seenBy = hasImages(dataset) ? [] : [plan.input, plan.T, plan.variant.input, seed];
    const key = JSON.stringify([dataset, ...seenBy]);
    let whole = this.sources.get(key);
    if (!whole) {
      const source = openDataset(dataset, where, { data: this.place.data[dataset], plan, seed });
      whole = { train: source.train(), test: source.test() };
      this.sources.set(key, whole);
    }
    const given: Dataset = firstOf(whole.train, samples.train);
    const test = firstOf(whole.test, samples.test);
    if (samples.validation === 0) return { train: given, test };
    const { validation } = samples;
    const aside = validation < 1 ? Math.max(1, Math.round(validation * given.length)) : validation;
    const kept = Math.max(1, given.length - aside);
    return { train: firstOf(given, kept), test, validation: sliceOf(given, kept) };
  }
}
