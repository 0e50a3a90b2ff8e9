/** `asf-bp train`: runs a training in a folder, from the data to a saved model. */
import { join, resolve } from 'node:path';
import { isOnDevice, runsKernels } from '../backend/index.ts';
import type { EpochRecord } from '../modelFile/index.ts';
import { digest, variantText } from '../network/index.ts';
import { oneLine } from '../printable.ts';
import {
  defaultCheckpointMinutes,
  type Split,
  type TrainingState,
  type Progress,
  isBroken,
  type Verified,
} from '../train/index.ts';
import { keepDevice, threadsLine } from './backend.ts';
import { fileToPredict, isUserData } from './readers/datasets.ts';
import { lastTenths } from './readers/place.ts';
import { setLanes } from './lanes.ts';
import { FolderLock } from './lock.ts';
import type { CommandWith } from './options/option.ts';
import { trainOptions as optionTable } from './options/train.ts';
import { classesLine, commonestText, duration, positionText, shareText, usualColumns } from './output.ts';
import { type Io, onInterrupt, strong } from './io.ts';
import { checkRanks, idleRanks, inJob, ranksLine } from './run/distributed.ts';
import { epochLine, isPrinted, tenPictures } from './run/epoch.ts';
import { modelName, reportLine, resumeLine } from './run/folder.ts';
import { settingsLine, type Run, type TrainCommand } from './run/run.ts';
import {
  faintWarning,
  rateStepNotice,
  classesWarning,
  isFirst,
  openRun,
  takeFolder,
  type Opened,
  type RunStart,
} from './run/start.ts';
import { carryOut } from './run/training.ts';

const where = 'train';

export { optionTable };

/** Runs the command. Returns the exit code: 0; 1 if `--verify` found a broken bound; 130 if Ctrl-C stopped it. */
export const main: CommandWith<typeof optionTable> = async (_, options, io) => {
  // In an MPI job, SIGUSR2 also stops the work. Open MPI's mpirun only forwards this signal, but after SIGTERM, it kills its
  // ranks within a second. The listener is registered first, because a signal must stop the run properly once its folder
  // exists.
  const { signal, release } = onInterrupt(io, options.distributed ? ['SIGUSR2'] : []);
  const lock = new FolderLock(where);
  const start: RunStart = { options, io, lock };
  try {
    if (!options.distributed) return await trainUntil(signal, start);
    return await inJob(signal, options, (ranks) => trainUntil(ranks.signal, { ...start, ranks }));
  } finally {
    lock.release();
    release();
  }
};

async function trainUntil(signal: AbortSignal, start: RunStart): Promise<number> {
  const { options, io, ranks } = start;
  const opened = await openRun(start);
  const { run, split, backend, threads } = opened;
  const lanes = runsKernels(backend)
    ? [`lanes of ${await setLanes(where, run.net, options.lanes ?? 'auto', io.stderr)}`]
    : [];
  if (ranks) await checkRanks(run, split, backend, ranks);
  const device = await keepDevice(where, backend, run.net.plan, run.settings.batch);
  const out = await takeFolder(start, opened);
  const shared = isOnDevice(backend) ? [] : [threadsLine(threads, backend, options.threads)];
  const host = [backend, ...shared, ...lanes].join(', ');
  const say = sayOf(start);
  say(oneLine([...factsOf(opened, options), host, ...(ranks ? [ranksLine(ranks)] : []), out].join(' · ')));
  if (run.net.classes) say(classesLine(run.net.classes));
  sayStart(start, opened, out);
  return await runToEnd(signal, start, opened, out).finally(device.dispose);
}

/** Writes a line for people, unless `--json` is set or this is not the first process. */
const sayOf =
  (start: RunStart) =>
  (line: string): void => {
    if (isFirst(start) && !start.options.json) start.io.stdout.write(`${line}\n`);
  };

/** The facts at the start: the data set, the network and, for a new run on the user's data, the settings. */
function factsOf({ name, saved, run, data, isFew }: Opened, { model }: TrainCommand): string[] {
  const { net, record, settings } = run;
  const { plan, variant, description } = net;
  const part = data.whole ? ` (${lastTenths})` : '';
  const called = description.name ?? (saved && model === undefined ? 'network without a name' : name);
  const rule = net.rule === 'asf' ? '' : `rule ${net.rule}, `;
  return [
    `${data.name}: ${record.trainSamples} training and ${record.testSamples} test images${part}`,
    `${called}, variant ${variantText(variant)}, ${rule}T ${plan.T}`,
    ...(isFew ? [settingsLine(settings)] : []),
  ];
}

/** Prints warnings, the ranks without samples and, for a resumed run, the position from which it resumes. */
function sayStart(start: RunStart, { saved, run, split, isFew }: Opened, out: string): void {
  const { options, io, ranks } = start;
  const { net, settings } = run;
  if (saved) sayOf(start)(`resuming ${out} after ${positionText(saved.training.state)}`);
  if (!isFirst(start)) return;
  const notices = [
    saved && rateStepNotice(saved.training.state.settings, settings.epochs),
    !saved && options.resume && `no checkpoint in ${out}: starting from the beginning`,
    isFew && classesWarning(split.train, net.classes),
    isFew && faintWarning(split.train, net.plan),
    ranks && idleRanks(settings, split.train.length, ranks),
  ];
  for (const notice of notices) if (notice) io.stderr.write(`${oneLine(notice)}\n`);
}

async function runToEnd(
  signal: AbortSignal,
  start: RunStart,
  { run, split, backend, threads }: Opened,
  out: string,
): Promise<number> {
  const { io, ranks: processes } = start;
  const { verify = 0, checkpointMinutes = defaultCheckpointMinutes, json = false } = start.options;
  const columns = io.stdout.columns || usualColumns;
  const say = sayOf(start);
  const onEpoch = (record: EpochRecord): void => {
    if (json && isFirst(start)) io.stdout.write(`${JSON.stringify(record)}\n`);
    else if (isPrinted(record.epoch, run.settings.epochs, isUserData(run.record.dataset)))
      say(epochLine(record, run.settings.epochs, split.test.length, columns));
  };
  const began = performance.now();
  const verdict = verdictOfVerify(io, json);
  const next = `resume with: ${resumeLine(out, processes?.size)}`;
  const machine = { backend, threads, signal, verify, checkpointMinutes, processes };
  const state = await carryOut(run, split, machine, {
    out,
    stderr: io.stderr,
    isQuiet: json,
    next,
    onEpoch,
    onVerified: (progress, verified) => verdict.add(progress, verified),
  });
  if (!state) {
    if (isFirst(start)) io.stderr.write(`stopped; ${next}\n`);
    return 130;
  }
  if (isFirst(start)) {
    const seconds = (performance.now() - began) / 1000;
    const lines = await closing(run, state, split, { out, json, columns, seconds });
    for (const line of lines) io.stdout.write(`${line}\n`);
  }
  return verdict.end();
}

/** The lines at the end of a run: with `--json` one object; otherwise ten test images, how to use the model, and its accuracy. */
async function closing(
  { net, epochs, record }: Run,
  state: TrainingState,
  split: Split,
  { out, json, columns, seconds }: Readonly<{ out: string; json: boolean; columns: number; seconds: number }>,
): Promise<string[]> {
  const model = join(out, modelName);
  const { accuracy } = epochs[epochs.length - 1];
  const weights = await digest(state.weights);
  if (json)
    return [JSON.stringify({ accuracy, epochs: epochs.length, digest: weights, model: resolve(model) })];
  const pictures = tenPictures(net, split.test, columns);
  return [
    ...(pictures ? ['', pictures] : []),
    '',
    `model   ${model}`,
    `digest  ${weights}`,
    `use it  npx asf-bp predict ${out} ${fileToPredict(record.dataset)}`,
    `        in a program: loadModel${net.trainedOn?.columns ? ', rowOf' : ''} and predict of asf-bp/infer, see docs/library.md`,
    `see it  ${reportLine(out, record.dataset)}`,
    `time    ${duration(seconds)}`,
    `chance  ${commonestText(split.test)}, always answering the commonest class`,
    '',
    strong(`test accuracy ${shareText(accuracy, split.test.length)}`),
  ];
}

/** The findings of `--verify`: one line per batch, and the number of broken batches. */
function verdictOfVerify({ stdout, stderr }: Io, isJson: boolean) {
  let [batches, broken] = [0, 0];
  return {
    add({ epoch, batch }: Progress, verified: Verified): void {
      batches++;
      const isOutside = isBroken(verified);
      if (isOutside) broken++;
      // JSON has no Infinity, so an infinite difference becomes null.
      const verify = { epoch: epoch + 1, batch: batch + 1, ...verified, broken: isOutside };
      if (isJson) return void stdout.write(`${JSON.stringify({ verify })}\n`);
      const { samples, spikes, flipped, outside, FI, report, gradient, moments, weights } = verified;
      const trains = `${flipped} trains of ${samples} samples differ, ${outside} of them outside their bound`;
      const largest = Object.entries({ FI, report, gradient, moments, weights })
        .filter(([, units]) => units > 0)
        .map(([what, units]) => `${what} ${units.toPrecision(3)}`)
        .join(', ');
      const differs = largest && `largest errors in units of their bounds: ${largest}`;
      stderr.write(
        `verify: epoch ${epoch + 1}, batch ${batch + 1}, ${spikes} spikes: ${trains}; ${differs || 'all else is the same'}\n`,
      );
    },
    end(): number {
      if (broken === 0) return 0;
      const found = `${broken} of ${batches} batches differ from wasm by more than rounding explains`;
      stderr.write(`verify: ${found}; use --backend wasm, and report the lines above\n`);
      return 1;
    },
  };
}
