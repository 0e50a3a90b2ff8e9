/** The command names the place of a mistake in a network file, and begins no run. */
import { describe, expect, test } from 'vitest';
import { fresh, json, refused } from './command.ts';
import { classes, shortTraining, smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('data', 16, 8);
const [convolution, pool, hidden, output] = smallNetwork.layers;
let files = 0;

/** The small network with some words replaced. */
function changed(words: object): object {
  return { ...smallNetwork, ...words };
}

const nested = '['.repeat(200_000);
const wrong: readonly [name: string, network: unknown, expected: RegExp][] = [
  ['an empty file', '', /expected JSON, got ;/],
  ['broken JSON', '{"input": {', /wrong-\d+\.json: expected JSON, got \{"input": \{;/],
  ['JSON that is nested without end', nested, /expected JSON, got \[\[\[/],
  ['bytes of something else', '\u0000\u0001\u001b[31m', /expected JSON, got \?\?\?\[31m/],
  ['a list', [], /^\S*wrong-\d+\.json: "network" expected an object, got/],
  ['null', null, /"network" expected an object, got/],
  ['a number', 7, /"network" expected an object, got/],
  ['a text', '"lenet"', /expected/],
  ['an unknown word', changed({ treshold: 1 }), /"network" expected only name, .*, got treshold/],
  [
    'an unknown word in a layer',
    changed({ layers: [{ ...output, unit: 3 }] }),
    /"layers\[0\]" expected only/,
  ],
  ['an inherited word', '{"__proto__": {"layers": []}}', /"network" expected only .*, got __proto__/],
  ['a name that is no text', changed({ name: 7 }), /"name" expected a text, got 7/],
  ['no input', changed({ input: undefined }), /^\S*wrong-\d+\.json: "input" expected an object, got nothing/],
  [
    'an input without width',
    changed({ input: { channels: 1, height: 8 } }),
    /"input.width" expected a whole .*, got nothing/,
  ],
  [
    'an input of other pictures',
    changed({ input: { channels: 1, height: 9, width: 9 } }),
    /samples of 1 × 9 × 9, as the network takes, got 1 × 8 × 8/,
  ],
  [
    'an input without end',
    changed({ input: { channels: 1, height: 8, width: 1e12 } }),
    /"input.width" expected a whole number from 1 to 4096/,
  ],
  ['an input scale of 0', changed({ input: { ...smallNetwork.input, scale: 0 } }), /"input.scale" expected/],
  ['no window', changed({ timeWindow: undefined }), /"timeWindow" expected a whole number .*, got nothing/],
  ['a window of 1.5', changed({ timeWindow: 1.5 }), /"timeWindow" expected a whole number .*, got 1.5/],
  ['a window in quotes', changed({ timeWindow: '4' }), /"timeWindow" expected a whole number .*, got '4'$/],
  ['a threshold of 0', changed({ threshold: 0 }), /"threshold" expected a finite number .*, got 0/],
  ['a threshold below 0', changed({ threshold: -1 }), /"threshold" expected a finite number .*, got -1/],
  ['a threshold that is no number', changed({ threshold: NaN }), /"threshold" expected .*, got null/],
  ['a threshold of NaN', '{"threshold": NaN}', /expected JSON/],
  ['a threshold of 1e300', changed({ threshold: 1e300 }), /"threshold" expected .*, got 1e\+300/],
  ['a threshold of 1e999', JSON.stringify(changed({ threshold: 7 })).replace(':7', ':1e999'), /got Infinity/],
  [
    'a threshold of a layer that is 0',
    changed({ layers: [{ ...hidden, threshold: 0 }, output] }),
    /"layers\[0\].threshold" expected .*, got 0/,
  ],
  ['a leak above 1', changed({ leak: 1.01 }), /"leak" expected a finite number .*, got 1.01/],
  ['a leak of 0', changed({ leak: 0 }), /"leak" expected a finite number .*, got 0/],
  ['no layers', changed({ layers: [] }), /"layers" expected a list of 1 to 64 layers/],
  ['too many layers', changed({ layers: Array(65).fill(hidden) }), /"layers" expected a list of 1 to 64/],
  ['layers that are an object', changed({ layers: {} }), /"layers" expected a list of 1 to 64 layers/],
  ['a layer that is a text', changed({ layers: ['linear'] }), /"layers\[0\]" expected an object, got linear/],
  [
    'a kind with a typing mistake',
    changed({ layers: [{ ...convolution, kind: 'convolutoin' }, output] }),
    /"layers\[0\].kind" expected one of .*, got convolutoin; did you mean convolution\?/,
  ],
  [
    'a kind that every object has',
    changed({ layers: [{ kind: 'toString' }] }),
    /expected one of .*, got toString/,
  ],
  [
    'a kernel that is larger than the map',
    changed({ layers: [{ ...convolution, kernel: 11 }, output] }),
    /"layers\[0\].kernel" expected at most the 8 × 8 map before it and its padding, got 11/,
  ],
  [
    'a pool that is larger than the map',
    changed({ layers: [convolution, pool, pool, pool, pool, output] }),
    /"layers\[4\].size" expected at most the 1 × 1 map/,
  ],
  ['a kernel of 0', changed({ layers: [{ ...convolution, kernel: 0 }, output] }), /"layers\[0\].kernel"/],
  [
    'no kernel',
    changed({ layers: [{ ...convolution, kernel: undefined }] }),
    /"layers\[0\].kernel" .*nothing/,
  ],
  [
    'a stride of 0',
    changed({ layers: [{ ...convolution, stride: 0 }, output] }),
    /"layers\[0\].stride" expected a whole number from 1/,
  ],
  [
    'a maximum pool that comes first',
    changed({ layers: [{ kind: 'maxPool', size: 2 }, output] }),
    /"layers\[0\].kind" expected a layer of neurons before a maximum pool/,
  ],
  [
    'an output that is a map',
    changed({ layers: [{ ...convolution, channels: classes }] }),
    /"layers\[0\]" expected an output of 1 × 1 positions.*, got 8 × 8/,
  ],
  ['a pool at the end', changed({ layers: [hidden, pool] }), /"layers\[1\].* expected/],
  [
    'too few classes for the labels',
    changed({ layers: [{ kind: 'linear', units: 2 }] }),
    /labels from 0 to 1, as the network has classes, got [23] at sample/,
  ],
  [
    'more weights than a memory holds',
    changed({ layers: [{ kind: 'linear', units: 65536 }, { kind: 'linear', units: 65536 }, output] }),
    /"layers\[1\]" expected at most \d+ weights in all/,
  ],
  [
    'an unknown variant',
    changed({ variant: 'papr' }),
    /one of paper, authors, got papr; did you mean paper\?/,
  ],
  [
    'a choice that is unknown',
    changed({ variant: { fire: 'x' } }),
    /"variant" expected only from, .*, got fire/,
  ],
  [
    'an answer that is unknown',
    changed({ variant: { fires: 'aboveTreshold' } }),
    /"variant.fires" expected one of atThreshold, aboveThreshold, .*did you mean aboveThreshold\?/,
  ],
];

describe.concurrent('a network file is refused that is', () => {
  test.each(wrong)('%s', async (_, network, expected) => {
    const model = writeNetwork(`wrong-${++files}`, network);
    const line = await refused(['train', '--dataset', dataset, '--model', model, '--out', 'out', '--json']);
    expect(line).toMatch(expected);
    expect(line.length).toBeLessThan(400);
  });
});

describe('a network file is taken that has', () => {
  test.each([
    ['a byte order mark', `\ufeff${JSON.stringify(smallNetwork)}`],
    ['a variant of its own', changed({ variant: { from: 'authors', fires: 'atThreshold', loss: 'half' } })],
    [
      'a stride, own thresholds and a maximum pool',
      changed({
        layers: [
          { ...convolution, stride: 1, threshold: 0.4, leak: 0.9 },
          { kind: 'maxPool', size: 2 },
          { kind: 'convolution', channels: 3, kernel: 2, stride: 2 },
          { kind: 'averagePool', size: 2 },
          output,
        ],
      }),
    ],
  ])('%s', async (_, network) => {
    const model = writeNetwork(`right-${++files}`, network);
    const out = fresh();
    const lines = await json([...shortTraining(dataset, model), '--out', out]);
    const [facts] = await json(['info', lines.at(-1)!['model']]);
    expect(facts).toMatchObject({ name: 'small', window: 4, epochs: 2, digest: lines.at(-1)!['digest'] });
  });
});
