/** `asf-bp predict`: the predictions of a saved model for pictures, rows of CSV files or arrays. */
import type { SpikingNetwork } from '../network/network.ts';
import type { Answer } from '../train/predictOn.ts';
import { requestPrediction } from '../train/predict.ts';
import { oneLine } from '../printable.ts';
import { nameOfSet } from './data/datasets.ts';
import { openSamples } from './data/kinds.ts';
import { backendOf, keepDevice } from './backend.ts';
import { doubtOf } from './doubt.ts';
import type { Io } from './io.ts';
import { openModel, trainedOnOf } from './models.ts';
import type { ParsedOptions } from './options/option.ts';
import type { predictOptions } from './options/saved.ts';
import { drawPictures, isDrawn } from './output.ts';
import { strong, unsure } from './paint.ts';
import { outputLayer } from '../../spec/network.ts';

export type PredictCommand = ParsedOptions<typeof predictOptions>;

/** Runs the command and returns 0. All files are read before the first answer is printed. */
export async function predictCommand(
  path: string,
  files: readonly string[],
  options: PredictCommand,
  io: Io,
): Promise<number> {
  const backend = await backendOf('predict', io.stderr, options.backend);
  const { net } = openModel(path, 'predict');
  const { input } = net.plan;
  const { height, width } = input;
  const dataset = nameOfSet(trainedOnOf(path, net, 'predict') ?? 'mnist');
  const samples = files.flatMap((file) => openSamples(file, net, dataset));
  const device = await keepDevice('predict', backend, net.plan, 1);
  try {
    for (const { name, shown, isPicture } of samples) {
      const answer = await requestPrediction(net, shown, { backend });
      if (options.json) {
        const { label, second, lead, isSure, potentials, spikes } = answer;
        const named = net.classes && { class: net.classes[label] };
        const line = {
          file: name,
          label,
          ...named,
          second,
          lead,
          isSure,
          potentials: [...potentials],
          spikes,
        };
        io.stdout.write(`${JSON.stringify(line)}\n`);
        continue;
      }
      const drawn =
        'length' in shown && isDrawn(input)
          ? drawPictures([{ pixels: shown, height, width, caption: '' }])
          : '';
      // A drawing without any ink is not printed.
      if (drawn.trim() !== '') io.stdout.write(`${drawn}\n`);
      io.stdout.write(`${oneLine(name)}: ${wordsOf(net, answer)}\n`);
      if (isPicture && 'length' in shown) {
        const doubt = doubtOf(shown, height, width);
        if (doubt !== undefined) io.stdout.write(`  ${unsure(doubt)}\n`);
      }
    }
  } finally {
    device.dispose();
  }
  return 0;
}

/**
 * The class, the next one and the lead, with a notice if the answer is not sure. For a single output neuron,
 * its spikes or its potential.
 */
function wordsOf(
  { plan, classes }: SpikingNetwork,
  { label, second, lead, isSure, potentials }: Answer,
): string {
  const { spikes } = outputLayer(plan);
  const amount = (value: number): string =>
    spikes ? `${value} ${value === 1 ? 'spike' : 'spikes'}` : `${value.toFixed(2)} in potential`;
  if (second === undefined) return strong(amount(potentials[0]));
  const nameOf = (place: number): string => oneLine(classes?.[place] ?? String(place));
  const words = `${strong(nameOf(label))}, ahead of ${nameOf(second)} by ${amount(lead)}`;
  return isSure ? words : `${words}; ${unsure('not sure')}`;
}
