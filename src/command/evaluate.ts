/** `asf-bp evaluate`: the accuracy of a saved model. */
import { runsKernels } from '../backend/index.ts';
import { trainedWeights, digest } from '../network/index.ts';
import { oneLine } from '../printable.ts';
import { evaluate } from '../train/index.ts';
import { backendOf, threadsOf } from './backend.ts';
import { setLanes } from './lanes.ts';
import { openModel, openTestSamples, withWindow } from './models.ts';
import * as common from './options/common.ts';
import { everywhere, type CommandWith } from './options/option.ts';
import { networkOptions } from './options/train.ts';
import { answer, commonestText, ProgressLine, shareText, usualColumns } from './output.ts';
import { strong } from './io.ts';
import { ratesBlock } from './run/epoch.ts';

export const optionTable = {
  ...common.tested,
  window: { ...networkOptions.window, byDefault: "the model's" },
  backend: common.backend,
  threads: common.threads,
  lanes: common.lanes,
  ...everywhere,
};

export const main: CommandWith<typeof optionTable> = async ([path], options, io) => {
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
  const { loss, correct, samples, spikeRates, accuracy } = result;
  const facts = { ...result, digest: await digest(trainedWeights('evaluate', net)) };
  return answer(io, options.json === true, facts, [
    ...(chosen === undefined ? [] : [oneLine(chosen)]),
    `loss ${loss.toFixed(4)}, ${correct} of ${samples} right; always answering the commonest class: ${commonestText(tested)}`,
    ratesBlock(spikeRates, io.stdout.columns || usualColumns),
    strong(`test accuracy ${shareText(accuracy, samples)}`),
  ]);
};
