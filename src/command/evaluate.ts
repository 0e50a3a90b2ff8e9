/** `asf-bp evaluate`: the accuracy of a saved model. */
import { runsKernels } from '../backend/open.ts';
import { trainedWeights, digest } from '../network/network.ts';
import { oneLine } from '../printable.ts';
import { evaluate } from '../train/evaluate.ts';
import { backendOf } from './backend.ts';
import type { Io } from './io.ts';
import { setLanes } from './lanes.ts';
import { openModel, openTestSamples, withWindow } from './models.ts';
import type { ParsedOptions } from './options/option.ts';
import type { evaluateOptions } from './options/saved.ts';
import { commonestText, ProgressLine, shareText, usualColumns } from './output.ts';
import { strong } from './paint.ts';
import { ratesBlock } from './run/epoch.ts';
import { threadsOf } from './threads.ts';

export type EvaluateCommand = ParsedOptions<typeof evaluateOptions>;

/** Runs the command and returns 0. */
export async function evaluateCommand(path: string, options: EvaluateCommand, io: Io): Promise<number> {
  const backend = await backendOf('evaluate', io.stderr, options.backend);
  const threads = threadsOf('evaluate', backend, options.threads);
  const saved = openModel(path, 'evaluate').net;
  const net = options.window === undefined ? saved : withWindow(saved, options.window, 'evaluate');
  if (runsKernels(backend)) await setLanes('evaluate', net, options.lanes ?? 'auto', io.stderr);
  const { samples: tested, chosen } = openTestSamples(path, net, options, 'evaluate');
  const line = new ProgressLine(io.stderr, options.json === true);
  const result = await evaluate(net, tested, {
    backend,
    threads,
    onProgress: (done, of) => line.show('testing', done, of),
  });
  line.clear();
  if (options.json) {
    io.stdout.write(
      `${JSON.stringify({ ...result, digest: await digest(trainedWeights('evaluate', net)) })}\n`,
    );
    return 0;
  }
  if (chosen !== undefined) io.stdout.write(`${oneLine(chosen)}\n`);
  io.stdout.write(
    `loss ${result.loss.toFixed(4)}, ${result.correct} of ${result.samples} right; always answering the commonest class: ${commonestText(tested)}\n`,
  );
  io.stdout.write(`${ratesBlock(result.spikeRates, io.stdout.columns || usualColumns)}\n`);
  io.stdout.write(`${strong(`test accuracy ${shareText(result.accuracy, result.samples)}`)}\n`);
  return 0;
}
