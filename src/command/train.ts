/** `asf-bp train`: a run in a folder, from the data to a saved model. */
import { dirname, join, resolve } from 'node:path';
import { backendNames, deviceNames, isOnDevice, runsKernels, type RequestName } from '../backend/open.ts';
import { outputLayer, weightsOf, type Network, type Shape } from '../../spec/network.ts';
import { checkDataset, firstOf, type Dataset } from '../data/dataset.ts';
import { refuse } from '../errors.ts';
import type { EpochRecord } from '../modelFile/model.ts';
import { digest, network, variantText } from '../network/network.ts';
import type { Split } from '../train/fit.ts';
import { checkSettings } from '../train/settings.ts';
import type { Ranks } from '../mpi/ranks.ts';
import { oneLine } from '../printable.ts';
import type { TrainingState } from '../train/state.ts';
import type { ProcessGroup } from '../train/processGroup.ts';
import { backendOf, keepDevice } from './backend.ts';
import { isOwn, openDataset } from './data/datasets.ts';
import { modelHint } from './data/fitting.ts';
import { factsOf } from './data/place.ts';
import { epochLine, tenPictures } from './run/epoch.ts';
import { isFolder, prepareFolder } from './files.ts';
import { setLanes } from './lanes.ts';
import { FolderLock } from './lock.ts';
import { checkIsFree, freeFolder, modelName, resumeLine } from './run/folder.ts';
import { onInterrupt } from './interrupt.ts';
import type { Io } from './io.ts';
import { openDefaultDescription, openModelDescription } from './models.ts';
import { percent, placeText, usualColumns } from './output.ts';
import { strong } from './paint.ts';
import {
  checkRuleOptions,
  goOn,
  limitOf,
  networkOptionsOf,
  openSaved,
  settingsFor,
  settingsLine,
  settingsOf,
  type Run,
  type TrainCommand,
} from './run/run.ts';
import { threadsLine, threadsOf } from './threads.ts';
import { carryOut } from './run/training.ts';
import { VerifyVerdict } from './run/verdict.ts';

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
  const isFirst = !ranks || ranks.rank === 0;
  const shared = ranks && { ranks, ...(await import('./run/distributed.ts')) };
  const { file, name } =
    options.model === undefined
      ? openDefaultDescription(options, where)
      : openModelDescription(options.model, where);
  checkRuleOptions(options);
  const given = checkSettings(where, settingsOf(options));
  const net = network(file, networkOptionsOf(options), where);
  // Taken before its checkpoint is read.
  if (isFirst && options.out !== undefined && isFolder(options.out)) await lock.take(options.out);
  const saved = shared ? await shared.openShared(options, shared.ranks) : openSaved(options);
  const backend = await backendOf(where, io.stderr, options.backend, (saved?.net ?? net).rule);
  const threads = threadsOf(where, backend, options.threads, ranks?.neighbours);
  if (ranks && isOnDevice(backend))
    refuse(
      where,
      '--distributed',
      `--backend ${backendNames.join(' or ')} beside it`,
      `--backend ${backend}`,
    );
  if (options.verify !== undefined && !isOnDevice(backend))
    refuse(where, '--verify', `--backend ${deviceNames.join(' or ')} beside it`, `--backend ${backend}`);
  const data = openDataset(options.dataset ?? saved?.training.run.dataset ?? 'mnist', where, {
    data: options.data,
    plan: (saved?.net ?? net).plan,
    seed: (saved?.training.state.settings ?? given).seed,
  });
  const limit = options.limit ?? (saved ? limitOf(saved) : Infinity);
  const split = { train: firstOf(data.train(), limit), test: firstOf(data.test(), limit) };
  const record = { dataset: data.id, trainSamples: split.train.length, testSamples: split.test.length };
  const isFew = !saved && isOwn(options.dataset ?? 'mnist');
  const settings = isFew ? settingsFor(options, split.train.length) : given;
  const run = saved
    ? goOn(options, saved, { net, record })
    : { net, settings, record, state: undefined, epochs: [] };

  const { plan, variant, description } = run.net;
  const lanes = runsKernels(backend)
    ? await setLanes(where, run.net, options.lanes ?? 'auto', io.stderr)
    : 128;
  // Checked before a folder is created.
  for (const part of [split.train, split.test]) checkFits(part, plan);
  for (const part of [split.train, split.test])
    checkDataset(where, part, plan.input, outputLayer(plan).output.channels);
  await shared?.checkRanks(run, split, backend, shared.ranks);
  const device = await keepDevice(where, backend, plan, run.settings.batch);
  const weights = plan.layers.reduce((sum, layer) => sum + weightsOf(layer), 0);
  let out = options.out ?? (isFirst ? freeFolder(data.name, name, where) : '');
  if (isFirst) {
    prepareFolder(out, 3 * 12 * weights + run.settings.epochs * bytesOfRecord(plan.layers.length), where);
    await lock.take(out);
    if (!saved) checkIsFree(out);
  }
  if (shared) out = await shared.shareFolder(out, shared.ranks);
  const say =
    options.json || !isFirst ? (): void => {} : (line: string): void => void io.stdout.write(`${line}\n`);
  const facts = [
    `${data.name}: ${record.trainSamples} training and ${record.testSamples} test images${data.testPart === undefined ? '' : ` (${data.testPart})`}`,
    `${description.name ?? (saved && options.model === undefined ? 'network without a name' : name)}, variant ${variantText(variant)}, ${run.net.rule === 'asf' ? '' : `rule ${run.net.rule}, `}T ${plan.T}`,
    ...(isFew ? [settingsLine(settings)] : []),
    [
      backend,
      ...(isOnDevice(backend) ? [] : [threadsLine(threads, backend, options.threads)]),
      ...(runsKernels(backend) ? [`lanes of ${lanes} bits`] : []),
    ].join(', '),
    ...(shared ? [shared.ranksLine(shared.ranks)] : []),
    out,
  ];
  say(oneLine(facts.join(' · ')));
  if (data.classes)
    say(oneLine(`classes ${data.classes.map((each, label) => `${label} ${each}`).join(', ')}`));
  if (saved) {
    say(`going on with ${out} after ${placeText(saved.training.state)}`);
  } else if (options.resume && isFirst) {
    io.stderr.write(`no checkpoint in ${out}: starting from the beginning\n`);
  }
  const idle = shared?.idleRanks(run.settings, split.train.length, shared.ranks);
  if (idle && isFirst) io.stderr.write(`${idle}\n`);
  return await runToEnd(
    run,
    split,
    { ...options, backend, threads, signal, processes: ranks, io },
    out,
    say,
  ).finally(device.dispose);
}

/** Refuses samples with another map, and suggests a network that accepts them. */
function checkFits(data: Dataset, { input }: Network): void {
  const { name, shape } = data;
  const text = ({ channels, height, width }: Shape): string => `${channels} × ${height} × ${width}`;
  if (text(shape) === text(input)) return;
  const next = modelHint(factsOf(data));
  refuse(where, name, `samples of ${text(input)}, as the network takes`, text(shape), next);
}

/** Bytes of an epoch's record in the model and in the checkpoint, twice each while they are replaced, with space to spare. */
const bytesOfRecord = (layers: number): number => 4 * (256 + 128 * layers);

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
    else say(epochLine(record, run.settings.epochs, io.stdout.columns || usualColumns));
  };
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
    ? await closing(run, state, split, { out, json, columns: io.stdout.columns || usualColumns })
    : [];
  for (const line of lines) io.stdout.write(`${line}\n`);
  return verdict.end();
}

/** The end of a run: a line of JSON; or ten test images, how to use the model, and its accuracy. */
async function closing(
  { net, epochs }: Run,
  state: TrainingState,
  split: Split,
  { out, json, columns }: { readonly out: string; readonly json: boolean; readonly columns: number },
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
    `use it  npx asf-bp predict ${model} FILE.png`,
    `see it  npx asf-bp report ${dirname(out)}`,
    '',
    strong(`test accuracy ${percent(accuracy)}`),
  ];
}
