/** `asf-bp train`: a run in a folder, from the data to a saved model. */
import { join, resolve } from 'node:path';
import { weightsOf } from '../../spec/network.ts';
import { breath } from '../breath.ts';
import { checkDataset, firstOf, type Dataset } from '../data/dataset.ts';
import { InputError } from '../errors.ts';
import { encodeModel, type EpochRecord, type ModelFile, type RunRecord } from '../formats/model.ts';
import { digest, network, variantName } from '../network/network.ts';
import { evaluate } from '../train/evaluate.ts';
import { checkSettings } from '../train/settings.ts';
import type { TrainingState } from '../train/state.ts';
import { scalesByLayer, spikeRates, train, type Progress } from '../train/train.ts';
import { modelFor, openDataset } from './datasets.ts';
import { epochLine, showProgress, tenPictures } from './epoch.ts';
import { prepareFolder, writeAtomic } from './files.ts';
import { checkpointName, freeFolder, modelName, resumeLine } from './folder.ts';
import { onInterrupt } from './interrupt.ts';
import { openModelDescription } from './models.ts';
import { threadsLine, threadsOf } from './threads.ts';
import { percent, ProgressLine } from './output.ts';
import {
  checkRuleOptions,
  goOn,
  limitOf,
  networkOptionsOf,
  openSaved,
  settingsOf,
  type Run,
  type TrainCommand,
} from './run.ts';

const where = 'train';

/** The samples of a run. */
interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** Runs the command. Returns the exit code: 0, or 130 where Ctrl-C stopped it. */
export async function trainCommand(options: TrainCommand): Promise<number> {
  const { file, name } = openModelDescription(options.model ?? modelFor(options.dataset), where);
  checkRuleOptions(options);
  const settings = checkSettings(where, settingsOf(options));
  const net = network(file, networkOptionsOf(options), where);
  const { backend = 'wasm' } = options;
  const threads = threadsOf(where, backend, options.threads);
  const saved = openSaved(options);
  const data = openDataset(options.dataset ?? saved?.training.run.dataset ?? 'mnist', where, {
    data: options.data,
    plan: (saved?.net ?? net).plan,
    seed: (saved?.training.state.settings ?? settings).seed,
  });
  const limit = options.limit ?? (saved ? limitOf(saved) : Infinity);
  const split = { train: firstOf(data.train(), limit), test: firstOf(data.test(), limit) };
  const record = { dataset: data.id, trainSamples: split.train.length, testSamples: split.test.length };
  const run = saved
    ? goOn(options, saved, { net, record })
    : { net, settings, record, state: undefined, epochs: [] };

  const { plan, variant, description } = run.net;
  for (const part of [split.train, split.test])
    checkDataset(where, part, plan.input, plan.layers.at(-1)!.output.channels);
  const weights = plan.layers.reduce((sum, layer) => sum + weightsOf(layer), 0);
  const out = options.out ?? freeFolder(data.name, name, where);
  prepareFolder(out, 3 * 12 * weights, where);
  const say = options.json ? (): void => {} : (line: string): void => void process.stdout.write(`${line}\n`);
  const facts = [
    `${data.name}: ${record.trainSamples} training and ${record.testSamples} test images`,
    `${description.name ?? name}, variant ${variantName(variant)}, ${run.net.rule === 'asf' ? '' : `rule ${run.net.rule}, `}T ${plan.T}`,
    `${backend}, ${threadsLine(threads, backend, options.threads)}`,
    out,
  ];
  say(facts.join(' · '));
  if (saved) {
    const { epoch, batch } = saved.training.state;
    say(`going on with ${out} after ${epoch} epochs and ${batch} batches`);
  } else if (options.resume) {
    process.stderr.write(`no checkpoint in ${out}: starting from the beginning\n`);
  }
  return runToEnd(run, split, { ...options, threads }, out, say);
}

async function runToEnd(
  { net, settings, record, state: start, epochs }: Run,
  split: Split,
  options: TrainCommand & { readonly threads: number },
  out: string,
  say: (line: string) => void,
): Promise<number> {
  const { backend = 'wasm', threads } = options;
  const { signal, release } = onInterrupt();
  const line = new ProgressLine(options.json === true);
  const save = (state: TrainingState): void => {
    writeAtomic(join(out, checkpointName), encodeModel({ net, epochs, training: { state, run: record } }));
  };

  let state = start;
  let seconds = 0;
  let images = 0;
  /** Measures the epoch that ended last and says it; a signal puts that off until the run goes on. */
  const finishEpoch = async (at: TrainingState, totals: Progress['totals']): Promise<void> => {
    [net.weights, net.S] = [at.weights, [...at.S]];
    const testing = new ProgressLine(options.json === true);
    const { accuracy, samples } = await evaluate(net, split.test, {
      backend,
      threads,
      signal,
      onProgress: (done, of) => testing.show('testing', done, of),
    }).finally(() => testing.clear());
    if (samples < split.test.length) return;
    const measured: EpochRecord = {
      epoch: at.epoch,
      loss: totals.loss / totals.samples,
      accuracy,
      imagesPerSecond: seconds === 0 ? 0 : Number((images / seconds).toFixed(1)),
      spikeRates: spikeRates(net.plan, totals),
      ...(settings.rule === 'asf' && { S: scalesByLayer(net.plan, at.S) }),
    };
    epochs.push(measured);
    [seconds, images] = [0, 0];
    if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
    else say(epochLine(measured, settings.epochs));
  };

  try {
    if (state && state.batch === 0 && epochs.length < state.epoch) await finishEpoch(state, state.totals);
    if (!signal.aborted && (state?.epoch ?? 0) < settings.epochs) {
      let began = performance.now();
      const already = state ? state.epoch * Math.ceil(split.train.length / settings.batch) + state.batch : 0;
      for await (const progress of train(net, split.train, {
        ...settings,
        backend,
        threads,
        ...(state && { state }),
      })) {
        seconds += (performance.now() - began) / 1000;
        images += progress.samples;
        for (const notice of progress.notices) process.stderr.write(`${notice}\n`);
        showProgress(line, progress, images / seconds, already);
        if (progress.isEpochEnd) {
          state = await progress.state();
          save(state);
          line.clear();
          await finishEpoch(state, progress.totals);
        }
        // Signals are delivered while train() takes its breath and here, before the next batch begins.
        await breath();
        if (signal.aborted) {
          state = await progress.state();
          break;
        }
        began = performance.now();
      }
      line.clear();
    }
    if (signal.aborted && epochs.length < settings.epochs) {
      save(state!);
      process.stderr.write(`stopped; go on with: ${resumeLine(out)}\n`);
      return 130;
    }
    await finish({ net, epochs }, state!, record, split, out, options, say);
    return 0;
  } catch (cause) {
    if (!state || !(cause instanceof Error) || cause instanceof InputError) throw cause;
    throw new Error(`${cause.message}; the last epoch is kept, go on with: ${resumeLine(out)}`, { cause });
  } finally {
    line.clear();
    release();
  }
}

/** The end of a run: the model file, ten test images, the last line. */
async function finish(
  { net, epochs }: ModelFile,
  state: TrainingState,
  record: RunRecord,
  split: Split,
  out: string,
  { json }: TrainCommand,
  say: (line: string) => void,
): Promise<void> {
  [net.weights, net.S] = [state.weights, [...state.S]];
  const model = join(out, modelName);
  writeAtomic(model, encodeModel({ net, epochs }));
  writeAtomic(join(out, checkpointName), encodeModel({ net, epochs, training: { state, run: record } }));
  const { accuracy } = epochs.at(-1)!;
  const weights = await digest(state.weights);
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ accuracy, epochs: epochs.length, digest: weights, model: resolve(model) })}\n`,
    );
    return;
  }
  const pictures = tenPictures(net, split.test);
  if (pictures) say(`\n${pictures}`);
  say(`\nmodel   ${model}`);
  say(`digest  ${weights}`);
  say(`use it  npx asf-bp predict ${model} FILE.png`);
  say(`\ntest accuracy ${percent(accuracy)}`);
}
