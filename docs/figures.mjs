/** The figures of README's first screen, from the kept model, the table of `bench peers`, and the kept Figure 3. */
import { readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const text = (path) => readFileSync(new URL(path, root), 'utf8');

/** The accuracies that a model file says of its epochs. */
function accuraciesOf(path) {
  const bytes = readFileSync(new URL(path, root));
  const head = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return JSON.parse(head['__metadata__'].epochs).map(({ accuracy }) => accuracy);
}

/** On one line in a narrow column. */
const unbroken = (figure) => figure.replaceAll(' ', '\u00a0');

export function figuresTable() {
  const accuracies = accuraciesOf('models/lenet-mnist.safetensors');
  const [accuracy, best] = [accuracies.at(-1), Math.max(...accuracies)].map(
    (share) => `${(100 * share).toFixed(2)} %`,
  );
  const ofVgg7 = JSON.parse(text('results/cifar10-t50.jsonl').trim().split('\n').at(-1));
  const [, faster] = /^\| LeNet, training, batch 64 \|.*?\(([\d.]+) ×/m.exec(text('bench/README.md'));
  const timed = text('results/figure3-small-1/figure3.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ratios = timed.filter(({ panel }) => panel === 1);
  const others = timed.filter(({ model }) => model === 'vgg7').map(({ ratio }) => ratio);
  const vgg7 = [Math.min(...others), Math.max(...others)].map((ratio) => ratio.toFixed(0)).join(' to ');
  const memory = timed.flatMap(({ bytes: of }) => (of ? [of.lee / of.asf] : []));
  const [least, most] = [Math.min(...memory), Math.max(...memory)].map((ratio) => ratio.toFixed(1));
  const [first, last] = [ratios[0], ratios.at(-1)].map(({ ratio, timeWindow }) => ({
    ratio: ratio.toFixed(0),
    timeWindow,
  }));
  const [, tiny] = /became ([\d.]+ %) \(of `evaluate`/.exec(text('docs/library.md'));
  const rows = [
    [
      accuracy,
      `of MNIST's test digits, by the bundled LeNet after ${accuracies.length} epochs (its best: ${best}; the paper's: 99.65 %; tiny, for browsers: ${tiny}). VGG7 on CIFAR-10, T = 50: ${(100 * ofVgg7.accuracy).toFixed(2)} % after ${ofVgg7.epochs} (the paper, T = 400: 91.35 %)`,
      'npx asf-bp evaluate models/lenet-mnist',
    ],
    [
      `${faster} ×`,
      'as fast as the same rule in our PyTorch code: same LeNet, batch, T = 100 steps, two cores; machines vary',
      'npm run bench peers',
    ],
    [
      `${first.ratio} to ${last.ratio} ×`,
      `as fast as BPTT here, by the rule of Lee et al. 2020, on two threads: LeNet, T = ${first.timeWindow} to ${last.timeWindow} (VGG7: ${vgg7} ×; the paper: 3 to 6 ×). That rule takes ${least} to ${most} times the memory, computed`,
      'npx asf-bp experiment figure3 --data CIFAR10 --out mine',
    ],
  ];
  return [
    '| | | made by |',
    '|--:|---|---|',
    ...rows.map(([figure, of, command]) => `| **${unbroken(figure)}** | ${of} | \`${command}\` |`),
  ].join('\n');
}
