/** The three figures of README's first screen, from the kept model, the table of `bench:peers` and the kept Figure 3. */
import { readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const text = (path) => readFileSync(new URL(path, root), 'utf8');

/** The accuracy that a model file says of its last epoch. */
function accuracyOf(path) {
  const bytes = readFileSync(new URL(path, root));
  const head = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return JSON.parse(head['__metadata__'].epochs).at(-1).accuracy;
}

export function figuresTable() {
  const accuracy = `${(100 * accuracyOf('models/lenet-mnist.safetensors')).toFixed(2)} %`;
  const [, faster] = /^\| LeNet, training, batch 64 \|.*?\(([\d.]+) ×/m.exec(text('bench/README.md'));
  const ratios = text('results/figure3-small-1/figure3.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ panel }) => panel === 1);
  const [first, last] = [ratios[0], ratios.at(-1)].map(({ ratio, timeWindow }) => ({
    ratio: ratio.toFixed(0),
    timeWindow,
  }));
  const rows = [
    [
      `**${accuracy}**`,
      'of the MNIST test digits, by the bundled LeNet after its last epoch (the paper: 99.65 %, of its best)',
      'npx asf-bp evaluate models/lenet-mnist',
    ],
    [
      `**${faster} ×**`,
      'as fast as the same training of LeNet in PyTorch, on the same two cores, T = 100',
      'npm run bench:peers',
    ],
    [
      `**${first.ratio} to ${last.ratio} ×**`,
      `as fast as the rule of Lee et al. 2020 here, for windows of ${first.timeWindow} to ${last.timeWindow} steps`,
      'npx asf-bp experiment figure3',
    ],
  ];
  return [
    '| | | made by |',
    '|--:|---|---|',
    ...rows.map(([figure, of, command]) => `| ${figure} | ${of} | \`${command}\` |`),
  ].join('\n');
}
