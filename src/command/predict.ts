/** `asf-bp predict`: the predictions of a saved model for pictures, rows of CSV files or arrays. */
import type { RequestName } from '../backend/open.ts';
import { refuse } from '../errors.ts';
import { digitFromPng } from '../formats/digit.ts';
import { readPng } from '../formats/png.ts';
import type { SpikingNetwork } from '../network/network.ts';
import type { Answer } from '../train/answer.ts';
import { requestPrediction, type Shown } from '../train/predict.ts';
import { oneLine } from '../printable.ts';
import { openArrays } from './data/arrays.ts';
import { openCsvSamples } from './data/csvData.ts';
import { isOwn } from './data/datasets.ts';
import { openPicture } from './data/pictureFolders.ts';
import { backendOf, keepDevice } from './backend.ts';
import { doubtOf } from './doubt.ts';
import { checkKind, kindOf } from './fileKind.ts';
import { readFile } from './files.ts';
import type { Io } from './io.ts';
import { openModel, runOf } from './models.ts';
import { drawPictures, isDrawn } from './output.ts';
import { strong, unsure } from './paint.ts';
import { neuronsOf, outputLayer } from '../../spec/network.ts';

export interface PredictCommand {
  readonly backend?: RequestName | 'auto';
  readonly json?: boolean;
}

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
  const isPng = files.some((file) => !/\.(npz|csv)$/i.test(file));
  const isOfDigits = isPng && takesDigits(net, path);
  const samples = files.flatMap((file) => openSamples(file, net, isOfDigits));
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
      // A picture almost without ink is nothing to look at.
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

/** The class, the next one, and the lead; or a notice that it is not sure. Of a single output neuron, what it did. */
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

const digits = 10;

/** Whether pictures are made like those of MNIST: for square maps and ten classes, unless the network learnt pictures of the user's own. */
function takesDigits({ plan }: SpikingNetwork, path: string): boolean {
  const { channels, height, width } = plan.input;
  const isOfDigits = channels === 1 && height === width && neuronsOf(outputLayer(plan).output) === digits;
  return isOfDigits && !isOwn(runOf(path, 'predict')?.dataset ?? 'mnist');
}

/** The samples of a file: the picture of a PNG; the rows of a CSV; in an .npz, the array `images` or `spikes`, or the only array. */
function openSamples(
  file: string,
  net: SpikingNetwork,
  isOfDigits: boolean,
): { name: string; shown: Shown; isPicture?: boolean }[] {
  const bytes = readFile(file, 'predict');
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b; // PK
  if (isZip) return openArrays(file, bytes, net.plan);
  const { input } = net.plan;
  if (/\.csv$/i.test(file)) return openCsvSamples(file, bytes, input);
  checkKind(bytes, ['picture'], 'predict', file);
  if (kindOf(bytes) !== 'picture')
    refuse(
      'predict',
      file,
      'a PNG picture, an .npz of arrays or a .csv',
      'another file',
      'of events, put the counts of each step into an .npz, as `spikes` (T,C,H,W)',
    );
  if (!isOfDigits) return [{ name: file, shown: openPicture(file, bytes, input) }];
  return [{ name: file, shown: digitFromPng(readPng(bytes, file), input.height), isPicture: true }];
}
