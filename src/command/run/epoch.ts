/** The output of a training: progress, one line per epoch, and ten pictures at the end. */
import { hasSimd } from '../../backend/index.ts';
import type { Dataset } from '../../data/index.ts';
import type { EpochRecord } from '../../modelFile/index.ts';
import type { SpikingNetwork } from '../../network/index.ts';
import { oneLine } from '../../printable.ts';
import { predict, type Progress } from '../../train/index.ts';
import { drawPictures, isDrawn, percent, pictureColumns, shareText } from '../output.ts';

/** The indices of ten samples: the first of each class, then the second of each class, and so on. */
function indicesOfAll({ length, label }: Dataset): number[] {
  const seen = new Map<number, number>();
  const samples = Array.from({ length }, (_, index) => {
    const kind = label(index);
    const before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    return { index, kind, before };
  });
  samples.sort((a, b) => a.before - b.before || a.kind - b.kind);
  return samples.slice(0, 10).map(({ index }) => index);
}

/** Ten test images of up to ten classes, with the network's predictions. */
export function tenPictures(net: SpikingNetwork, test: Dataset, columns: number): string | undefined {
  const { height, width } = test.shape;
  if (!isDrawn(test.shape)) return undefined;
  const pictures = indicesOfAll(test).map((sample) => {
    const input = test.input(sample, { seed: net.seed, stream: 'test', epoch: 0, sample });
    const { label } = predict(net, input, { backend: hasSimd() ? 'wasm' : 'reference' });
    const right = label === test.label(sample);
    const nameOf = (index: number): string => oneLine(net.classes?.[index] ?? String(index));
    const caption = right
      ? `says ${nameOf(label)}`
      : `says ${nameOf(label)}, is ${nameOf(test.label(sample))}`;
    return { pixels: 'intensities' in input ? input.intensities : input.frames, height, width, caption };
  });
  const gap = 2;
  const across = Math.max(pictureColumns(width), ...pictures.map(({ caption }) => caption.length));
  return drawPictures(pictures, Math.max(1, Math.min(5, Math.floor((columns + gap) / (across + gap)))));
}

/** @param rate images per second */
export function progressFacts({ epoch, epochs, totals }: Progress, rate: number): string[] {
  return [
    `epoch ${epoch + 1}/${epochs}`,
    `loss ${(totals.loss / totals.samples).toFixed(4)}`,
    `accuracy ${percent(totals.correct / totals.samples).padStart(7)}`,
    `${rate.toFixed(0)} images/s`,
  ];
}

/**
 * Whether the line of an epoch is printed. User data often has few samples and many short epochs. If a run on user data has
 * more than 20 epochs, the first, the last and about ten others are printed.
 */
export function isPrinted(epoch: number, epochs: number, hasUserData: boolean): boolean {
  if (!hasUserData || epochs <= mostPrinted) return true;
  return epoch === 1 || epoch === epochs || epoch % Math.ceil(epochs / 10) === 0;
}

/** If a run on user data has at most this many epochs, all of them are printed. */
const mostPrinted = 20;

/**
 * @param epochs number of epochs of the run
 * @param samples number of test samples
 * @param columns width of the terminal
 */
export function epochLine(
  { epoch, loss, accuracy, imagesPerSecond, spikeRates: rates }: EpochRecord,
  epochs: number,
  samples: number,
  columns: number,
): string {
  const facts = [
    `epoch ${epoch}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    `test ${shareText(accuracy, samples)}`,
    `${imagesPerSecond} images/s`,
  ];
  return `${facts.join(' · ')}\n${ratesBlock(rates, columns)}`;
}

/** Spike rates in aligned columns, as many as fit the terminal. */
export function ratesBlock(rates: EpochRecord['spikeRates'], columns: number): string {
  const head = '  spike rates  ';
  const widest = Math.max(...Object.keys(rates).map((name) => name.length));
  const cells = Object.entries(rates).map(([name, rate]) => `${name.padEnd(widest)} ${rate.toFixed(3)}`);
  const across = Math.max(1, Math.floor((columns - head.length + 3) / (widest + 9)));
  const lines: string[] = [];
  for (let k = 0; k < cells.length; k += across)
    lines.push(`${k === 0 ? head : ' '.repeat(head.length)}${cells.slice(k, k + across).join('   ')}`);
  return lines.join('\n');
}
