/** `asf-bp predict`: what a saved model says to pictures of digits or arrays. */
import { refuse } from '../errors.ts';
import { digitFromPng } from '../formats/digit.ts';
import { readPng } from '../formats/png.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { requestPrediction, type Shown } from '../train/predict.ts';
import { oneLine } from '../printable.ts';
import { openArrays } from './data/arrays.ts';
import { backendOf, keepDevice } from './backend.ts';
import { readFile } from './files.ts';
import type { Io } from './io.ts';
import { openModel } from './models.ts';
import { drawPictures } from './output.ts';

export interface PredictCommand {
  readonly backend?: string;
  readonly json?: boolean;
}

/** Runs the command and returns 0. Each file is read before the first answer is given. */
export async function predictCommand(
  path: string,
  files: readonly string[],
  options: PredictCommand,
  io: Io,
): Promise<number> {
  const backend = await backendOf('predict', io.stderr, options.backend);
  const { net } = openModel(path, 'predict');
  const { height, width } = net.plan.input;
  const samples = files.flatMap((file) => openSamples(file, net));
  const device = await keepDevice('predict', backend, net.plan, 1);
  try {
    for (const { name, shown } of samples) {
      const { label, potentials, spikes } = await requestPrediction(net, shown, { backend });
      if (options.json) {
        io.stdout.write(`${JSON.stringify({ file: name, label, potentials: [...potentials], spikes })}\n`);
        continue;
      }
      if ('length' in shown)
        io.stdout.write(`${drawPictures([{ pixels: shown, height, width, caption: '' }])}\n`);
      io.stdout.write(`${oneLine(name)}: ${label}\n`);
    }
  } finally {
    device.dispose();
  }
  return 0;
}

/** The samples of a file: one of a PNG; of an .npz those of its array `images` or `spikes`, or of its only array. */
function openSamples(file: string, net: SpikingNetwork): { name: string; shown: Shown }[] {
  const bytes = readFile(file, 'predict');
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b; // PK
  if (isZip) return openArrays(file, bytes, net.plan);
  const { channels, height, width } = net.plan.input;
  if (channels !== 1 || height !== width) {
    refuse(
      'predict',
      file,
      `an .npz of ${channels} × ${height} × ${width} maps, as the network takes`,
      'another file',
    );
  }
  return [{ name: file, shown: digitFromPng(readPng(bytes, file), height) }];
}
