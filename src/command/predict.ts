/** `asf-bp predict`: predictions of a saved model for pictures, arrays, rows of CSV files or recordings. */
import type { SpikingNetwork } from '../network/index.ts';
import { type Answer, requestPrediction } from '../train/index.ts';
import { oneLine } from '../printable.ts';
import { namedSet } from './readers/datasets.ts';
import { openSamples } from './readers/kinds.ts';
import { backendOf, keepDevice } from './backend.ts';
import { openModel, trainedOnOf } from './models.ts';
import * as common from './options/common.ts';
import { everywhere, type CommandWith } from './options/option.ts';
import { drawPictures, isDrawn } from './output.ts';
import { strong, unsure } from './io.ts';
import { outputLayer } from '../../spec/network.ts';

export const optionTable = { backend: common.backend, ...everywhere };

/** Runs the command. All files are read before the first answer is printed. */
export const main: CommandWith<typeof optionTable> = async ([path, ...files], options, io) => {
  const backend = await backendOf('predict', io.stderr, options.backend);
  const { net } = openModel(path, 'predict');
  const { input } = net.plan;
  const { height, width } = input;
  const dataset = namedSet(trainedOnOf(path, net, 'predict') ?? 'mnist')?.name;
  const opened = files.map((file) => openSamples(file, net, dataset));
  const device = await keepDevice('predict', backend, net.plan, 1);
  try {
    for (const samples of opened) {
      for (const { name, intensities, isPicture } of samples) {
        const answer = await requestPrediction(net, intensities, { backend });
        if (options.json) {
          const { label, ...rest } = answer;
          const named = net.classes && { class: net.classes[label] };
          const line = { file: name, label, ...named, ...rest, potentials: [...rest.potentials] };
          io.stdout.write(`${JSON.stringify(line)}\n`);
          continue;
        }
        const drawn =
          'length' in intensities && isDrawn(input)
            ? drawPictures([{ pixels: intensities, height, width, caption: '' }])
            : '';
        // An empty drawing is not printed.
        if (drawn.trim() !== '') io.stdout.write(`${drawn}\n`);
        io.stdout.write(`${oneLine(name)}: ${wordsOf(net, answer)}\n`);
        if (isPicture && 'length' in intensities) {
          const doubt = doubtOf(intensities, height, width);
          if (doubt !== undefined) io.stdout.write(`  ${unsure(doubt)}\n`);
        }
      }
    }
  } finally {
    device.dispose();
  }
  return 0;
};

/**
 * The class, its lead over the second class, and a notice if the answer is unsure. For a single output neuron, its spikes or its potential.
 */
function wordsOf(
  { plan, classes }: SpikingNetwork,
  { label, second, lead, isSure, potentials }: Answer,
): string {
  const { spikes } = outputLayer(plan);
  const amount = (value: number): string =>
    spikes ? `${value} ${value === 1 ? 'spike' : 'spikes'}` : `${value.toFixed(2)} in potential`;
  if (second === undefined) return strong(amount(potentials[0]));
  const nameOf = (index: number): string => oneLine(classes?.[index] ?? String(index));
  const words = `${strong(nameOf(label))}, ahead of ${nameOf(second)} by ${amount(lead)}`;
  return isSure ? words : `${words}; ${unsure('not sure')}`;
}

/**
 * Limits on the ink of one digit, with a margin. In MNIST's 70,000 digits, ink covers 1.9 to 40 % of the picture and at most 4
 * pixels of its edge. The ink's centre is at most 2.3 pixels from the middle. `test/command/doubt.test.ts` tests all digits.
 */
const bounds = { ink: [0.015, 0.5], edge: 0.1, centre: 1 / 7 } as const;

/** The reason, if any, to doubt that a picture is a single digit on a plain background. Ink is intensity above 0.5. */
export function doubtOf(intensities: ArrayLike<number>, height: number, width: number): string | undefined {
  let [ink, edge, across, down] = [0, 0, 0, 0];
  for (let index = 0; index < height * width; index++) {
    if (intensities[index] <= 0.5) continue;
    const [row, column] = [Math.floor(index / width), index % width];
    ink++;
    edge += Number(row === 0 || column === 0 || row === height - 1 || column === width - 1);
    across += column + 0.5 - width / 2;
    down += row + 0.5 - height / 2;
  }
  const share = ink / (height * width);
  const doubts: readonly (readonly [boolean, string])[] = [
    [share < bounds.ink[0], 'almost no ink'],
    [share > bounds.ink[1], `${Math.round(100 * share)} % ink`],
    [edge > bounds.edge * 2 * (height + width), 'ink along its edge'],
    [Math.hypot(across, down) > bounds.centre * width * ink, 'ink far from its middle'],
  ];
  const [, found] = doubts.find(([isFound]) => isFound) ?? [];
  return found && `expected one digit on a plain ground, got ${found}: the answer is unreliable`;
}
