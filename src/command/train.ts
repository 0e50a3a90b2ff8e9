/** `asf-bp train`: a run in a folder, from the data to a saved model. */
import { join, resolve } from 'node:path';
import { isOnDevice, runsKernels, type RequestName } from '../backend/open.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import type { Ranks } from '../mpi/ranks.ts';
import { digest, variantText } from '../network/network.ts';
import { oneLine } from '../printable.ts';
import type { Split } from '../train/fit.ts';
import type { ProcessGroup } from '../train/processGroup.ts';
import type { TrainingState } from '../train/state.ts';
import { keepDevice } from './backend.ts';
import { fileToPredict, isOwn } from './data/datasets.ts';
import { onInterrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { setLanes } from './lanes.ts';
import { FolderLock } from './lock.ts';
import { classesLine, commonestText, duration, placeText, shareText, usualColumns } from './output.ts';
import { strong } from './paint.ts';
import { epochLine, isPrinted, tenPictures } from './run/epoch.ts';
import { freeFolder, modelName, reportLine, resumeLine } from './run/folder.ts';
import { settingsLine, type Run, type TrainCommand } from './run/run.ts';
import {
  backendFor,
  checkSplit,
  faintWarning,
  keptStepNotice,
  keepData,
  classesWarning,
  openNetwork,
  openRun,
  takeFolder,
  type Asked,
  type Opened,
  type RunStart,
} from './run/start.ts';
import { carryOut } from './run/training.ts';
import { VerifyVerdict } from './run/verdict.ts';
import { threadsLine } from './threads.ts';

const where = 'train';

/** Runs the command. Returns the exit code: 0; 1 if `--verify` found a broken bound; 130 if Ctrl-C stopped it. */
export async function trainCommand(options: TrainCommand, io: Io): Promise<number> {
  // SIGUSR2, since mpirun forwards it; to SIGTERM it responds by killing its ranks a second later. Registered first: once the folder of a
  // run is visible, a signal must stop it properly.
  const { signal, release } = onInterrupt(io, options.distributed ? ['SIGUSR2'] : []);
  const lock = new FolderLock(where);
  try {
    if (!options.distributed) return await trainUntil(signal, options, io, lock);
    const { inJob } = await import('./run/distributed.ts');
    return await inJob(signal, options, (ranks) => trainUntil(ranks.signal, options, io, lock, ranks));
  } finally {
    lock.release();
    release();
  }
}

/** @param ranks the ranks that share the work; only the first writes and prints */
async function trainUntil(
  signal: AbortSignal,
  options: TrainCommand,
  io: Io,
  lock: FolderLock,
  ranks?: Ranks,
): Promise<number> {
  const job = ranks && { ranks, ...(await import('./run/distributed.ts')) };
  const start: RunStart = { options, io, lock, job, isFirst: !ranks || ranks.rank === 0 };
  const asked = await openNetwork(start);
  const { backend, threads } = await backendFor(start, (asked.saved?.net ?? asked.net).rule);
  const opened = openRun(options, asked);
  const { run, split } = opened;
  const lanes = runsKernels(backend)
    ? await setLanes(where, run.net, options.lanes ?? 'auto', io.stderr)
    : undefined;
  // Checked before a folder is created.
  checkSplit(split, run.net.plan);
  keepData(run, opened.data);
  await job?.checkRanks(run, split, backend, job.ranks);
  const device = await keepDevice(where, backend, run.net.plan, run.settings.batch);
  const free = (): string => freeFolder(opened.data.name, asked.name, where);
  const out = await takeFolder(start, run, free, asked.saved !== undefined);
  const say =
    options.json || !start.isFirst
      ? (): void => {}
      : (line: string): void => void io.stdout.write(`${line}\n`);
  const place = [
    backend,
    ...(isOnDevice(backend) ? [] : [threadsLine(threads, backend, options.threads)]),
    ...(lanes === undefined ? [] : [`lanes of ${lanes}`]),
  ].join(', ');
  const facts = [...factsOf(asked, opened, options), place, ...(job ? [job.ranksLine(job.ranks)] : []), out];
  say(oneLine(facts.join(' · ')));
  if (run.net.classes) say(classesLine(run.net.classes));
  sayStart(start, asked, opened, { out, say });
  return await runToEnd(
    run,
    split,
    { ...options, backend, threads, signal, processes: ranks, io },
    out,
    say,
  ).finally(device.dispose);
}

/** The data set, the network and the settings for few samples, for the first line. */
function factsOf({ name, saved }: Asked, { run, data, isFew }: Opened, { model }: TrainCommand): string[] {
  const { net, record, settings } = run;
  const { plan, variant, description } = net;
  const part = data.testPart === undefined ? '' : ` (${data.testPart})`;
  const called = description.name ?? (saved && model === undefined ? 'network without a name' : name);
  const rule = net.rule === 'asf' ? '' : `rule ${net.rule}, `;
  return [
    `${data.name}: ${record.trainSamples} training and ${record.testSamples} test images${part}`,
    `${called}, variant ${variantText(variant)}, ${rule}T ${plan.T}`,
    ...(isFew ? [settingsLine(settings)] : []),
  ];
}

/** Prints where the run begins, and which ranks have no samples. */
function sayStart(
  { options, io, job, isFirst }: RunStart,
  { saved }: Asked,
  { run, split, isFew }: Opened,
  { out, say }: { readonly out: string; readonly say: (line: string) => void },
): void {
  if (saved) {
    const { state } = saved.training;
    say(`going on with ${out} after ${placeText(state)}`);
    const notice = keptStepNotice(state.settings, run.settings.epochs);
    if (notice !== undefined && isFirst) io.stderr.write(`${notice}\n`);
  } else if (options.resume && isFirst) {
    io.stderr.write(`no checkpoint in ${out}: starting from the beginning\n`);
  }
  const warnings =
    isFew && isFirst
      ? [classesWarning(split.train, run.net.classes), faintWarning(split.train, run.net.plan)]
      : [];
  for (const warning of warnings) if (warning !== undefined) io.stderr.write(`${oneLine(warning)}\n`);
  const idle = job?.idleRanks(run.settings, split.train.length, job.ranks);
  if (idle && isFirst) io.stderr.write(`${idle}\n`);
}

async function runToEnd(
  run: Run,
  split: Split,
  options: Omit<TrainCommand, 'backend'> & {
    readonly backend: RequestName;
    readonly threads: number;
    readonly signal: AbortSignal;
    readonly processes: ProcessGroup | undefined;
    readonly io: Io;
  },
  out: string,
  say: (line: string) => void,
): Promise<number> {
  const { backend, threads, verify = 0, checkpointMinutes, signal, processes, json = false, io } = options;
  const isFirst = !processes || processes.rank === 0;
  const onEpoch = (record: EpochRecord): void => {
    if (json && isFirst) io.stdout.write(`${JSON.stringify(record)}\n`);
    else if (isPrinted(record.epoch, run.settings.epochs, isOwn(run.record.dataset)))
      say(epochLine(record, run.settings.epochs, split.test.length, io.stdout.columns || usualColumns));
  };
  const began = performance.now();
  const verdict = new VerifyVerdict(io, json);
  const next = `go on with: ${resumeLine(out, processes?.size)}`;
  const state = await carryOut(run, split, {
    out,
    backend,
    threads,
    verify,
    checkpointMinutes,
    processes,
    signal,
    stderr: io.stderr,
    isQuiet: json,
    next,
    onEpoch,
    onVerified: (progress, verified) => verdict.add(progress, verified),
  });
  if (!state) {
    if (isFirst) io.stderr.write(`stopped; ${next}\n`);
    return 130;
  }
  const lines = isFirst
    ? await closing(run, state, split, {
        out,
        json,
        columns: io.stdout.columns || usualColumns,
        seconds: (performance.now() - began) / 1000,
      })
    : [];
  for (const line of lines) io.stdout.write(`${line}\n`);
  return verdict.end();
}

/** The end of a run: a line of JSON; or ten test images, how to use the model, and its accuracy. */
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
    '        in a program: loadModel and predict of asf-bp/infer, see docs/library.md',
    `see it  ${reportLine(out, record.dataset)}`,
    `time    ${duration(seconds)}`,
    `chance  ${commonestText(split.test)}, by one class for all`,
    '',
    strong(`test accuracy ${shareText(accuracy, split.test.length)}`),
  ];
}
