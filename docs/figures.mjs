/** Makes the table of results in README from the kept model, the table of `bench peers`, and the kept Figure 3. */
import { readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const text = (path) => readFileSync(new URL(path, root), 'utf8');

/** The accuracies of the epochs that a model file records. */
function accuraciesOf(path) {
  const bytes = readFileSync(new URL(path, root));
  const head = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return JSON.parse(head['__metadata__'].epochs).map(({ accuracy }) => accuracy);
}

/** Prevents line breaks within a number and its unit. */
const unbroken = (figure) => figure.replaceAll(' ', '\u00a0');

/** README's table of figures, with one number per cell. */
export function figuresTable() {
  const accuracy = accuraciesOf('models/lenet-mnist.safetensors').at(-1);
  const vgg7 = JSON.parse(text('results/cifar10-t50.jsonl').trim().split('\n').at(-1));
  const [, faster] = /^\| LeNet, training, batch 64 \|.*?\(([\d.]+) ×/m.exec(text('bench/README.md'));
  const epochs = text('results/figure3-small-1/figure3.jsonl').trim().split('\n').map(JSON.parse);
  const [first, last] = [0, -1].map((place) => epochs.filter(({ panel }) => panel === 1).at(place));
  const sums = /^\| all \d+ +\| (\d+) \| \d+ +\| (\d+) /m.exec(text('docs/oracle-reference.md'));
  const [planted, named] = sums.slice(1).map((count) => Number(count).toLocaleString('en'));
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  const rows = [
    [
      'MNIST test accuracy, LeNet',
      percent(accuracy),
      'paper: 99.65 %',
      'npx asf-bp evaluate models/lenet-mnist',
    ],
    [
      `CIFAR-10 test accuracy, VGG7, T = 50`,
      percent(vgg7.accuracy),
      'paper, T = 400: 91.35 %',
      'npx asf-bp train --dataset cifar10 --window 50 …',
    ],
    [
      'Speed of training, LeNet, T = 100, two cores',
      `${faster} ×`,
      'the same rule in our PyTorch code',
      'npm run bench peers',
    ],
    [
      `Speed per epoch, LeNet, T = ${first.timeWindow} to ${last.timeWindow}`,
      `${first.ratio.toFixed(0)} to ${last.ratio.toFixed(0)} ×`,
      'our implementation of Lee et al. 2020 (in the paper: 3 to 6 ×)',
      'npx asf-bp experiment figure3 --out mine',
    ],
    [
      'Tests in which `check` names the planted mistake',
      named,
      `of ${planted}, none misnamed`,
      'npm run campaign diagnosis',
    ],
  ];
  return [
    '| measurement | asf-bp | reference | reproduce |',
    '|---|--:|---|---|',
    ...rows.map(
      ([what, here, other, command]) => `| ${what} | **${unbroken(here)}** | ${other} | \`${command}\` |`,
    ),
  ].join('\n');
}
