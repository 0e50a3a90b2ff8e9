/** `asf-bp report` writes one page about saved runs and folders. The page loads nothing, and unreadable files are refused. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { asfbp, fresh, freshFolder, home, json, namesIn, refusalOf } from './command.ts';
import { decodeModel, encodeModel, type ModelFile } from '../../src/modelFile/model.ts';
import { parsePage, type Element } from './wellFormed.ts';
import { smallNetwork, writeDataset, writeNetwork } from './world.ts';

const dataset = writeDataset('bars', 40, 20);
const small = writeNetwork('small', smallNetwork);
const hostile = `<script>alert(1)<img src=x onerror='a'> & "b"`;
const closing = `</title></style></text></svg>-->${hostile}`;

/** A repository with saved runs, their models, and folders of `train` and `experiment`. */
const world = join(home, 'world');
const results = join(world, 'results');
const run = join(results, 'run');
const command = `asf-bp train --dataset '${dataset}' --model ${small} --epochs 3 --json`;
let lines: Record<string, any>[];
let end: Record<string, any>;

function keep(name: string, all: readonly object[], folder = results): string {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

function folderOf(all: readonly object[]): string {
  const folder = freshFolder('folder');
  keep('one', all, folder);
  return folder;
}

interface Page {
  readonly page: string;
  readonly elements: Element[];
  readonly text: string;
}
/** The page about all results. */
let whole: Page;

async function pageOf(folder: string, root = home): Promise<Page> {
  const { code, err } = await asfbp(['report', folder, '--root', root]);
  // A long report prints its progress, so standard error may have text.
  expect(code, err).toBe(0);
  const page = readFileSync(join(folder, 'report.html'), 'utf8');
  return { page, ...parsePage(page) };
}

beforeAll(async () => {
  mkdirSync(join(world, 'models'), { recursive: true });
  mkdirSync(results);
  lines = await json(['train', '--dataset', dataset, '--model', small, '--epochs', '3', '--out', run]);
  end = lines.at(-1)!;
  copyFileSync(join(run, 'model.safetensors'), join(world, 'models', 'kept.safetensors'));
  const head = {
    command,
    commit: 'abc1234',
    model: 'models/kept.safetensors',
    train: 40,
    test: 20,
    seconds: 90,
  };
  keep('kept', [head, ...lines]);
  keep('mnist-if', [{ command: 'asf-bp train --window 100 --epochs 3 --json' }, ...lines]);
  const strange = lines.map((line) =>
    'loss' in line ? { ...line, spikeRates: { [hostile]: 0.5 }, S: { [hostile]: 1 } } : line,
  );
  keep(hostile, [{ command: hostile, note: closing, [hostile]: 1 }, ...strange]);
  await asfbp(['experiment', 'figure1', '--out', join(results, 'figure1-small-1')]);
  whole = await pageOf(results);
}, 60_000);

describe('the page', () => {
  test('is written beside the runs, its path is said, and the same input gives the same bytes', async () => {
    const again = await asfbp(['report', 'results', '--root', home], world);
    expect(again).toMatchObject({ code: 0, out: 'results/report.html\n' });
    expect(readFileSync(join(results, 'report.html'), 'utf8')).toBe(whole.page);
    expect(whole.page).not.toContain(world);
  });

  const paper = 'https://doi.org/10.1609/aaai.v35i12.17236';

  test('loads nothing and runs nothing', () => {
    const { page, elements } = whole;
    expect(page.replace(`href="${paper}"`, '')).not.toMatch(/<script|https?:|javascript:/i);
    const policy = elements.find(({ attributes }) => 'http-equiv' in attributes);
    expect(policy!.attributes['content']).toMatch(/^default-src 'none'; /);
    const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
    for (const { name, attributes } of elements) {
      expect(['script', 'link', 'iframe', 'object', 'base', 'form']).not.toContain(name);
      for (const [key, value] of Object.entries(attributes)) {
        expect(key).not.toMatch(/^on/);
        if (key === 'src') expect(value).toMatch(/^data:image\/(png|svg\+xml);base64,/);
        // The only external link is that of the paper.
        if (key.endsWith('href') && value !== paper) expect(ids).toContain(value.slice(1));
      }
    }
    expect(page).not.toContain('url(');
  });

  test('is well-formed, an id is there once, and its contents are all its parts in their order', () => {
    const { elements } = whole;
    const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const parts = elements.flatMap(({ name, attributes: { id } }) => (name === 'section' ? [id] : []));
    const linked = elements.flatMap(({ attributes: { href } }) =>
      href?.startsWith('#') ? [href.slice(1)] : [],
    );
    expect(parts.length).toBeGreaterThan(4);
    expect(linked.slice(0, parts.length)).toEqual(parts);
  });

  test('has every command, digest, accuracy and what was noted', () => {
    const { text } = whole;
    for (const word of [
      command,
      end['digest'],
      'models/kept.safetensors, whose weights have this digest',
      'abc1234',
      '1 min 30 s',
      'asf-bp experiment figure1 --size small --seed 1',
      'network.json: save it in the folder where the command runs',
    ])
      expect(text).toContain(word);
    for (const { accuracy } of lines) expect(text).toContain(`${(100 * accuracy).toFixed(2)} %`);
    expect(text).toContain('In 60 steps the IF neuron fires');
  });

  test('has hostile names as text', () => {
    const { elements, text } = whole;
    expect(text.split(hostile).length).toBeGreaterThan(6);
    expect(text).toContain(closing);
    for (const { attributes } of elements) expect(Object.keys(attributes)).not.toContain('onerror');
  });

  test('has the paper beside what corresponds to it', () => {
    const { text } = whole;
    expect(text).toContain('MNIST beside Table 1: Comparison of different models on MNIST');
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /(IF\) ?99\.65 %).*mnist-if ?[\d.]+ % ?[\d.]+ % ?99\.65 % ?−[\d.]+ ?LeNet, IF ?100 ?3/,
    );
    expect(text).toContain('99.65 %, Table 1, The paper’s ASF-BP (IF)');
    expect(text).not.toContain('Table 2');
  });

  test('has curves, S among them, and a strip a layer', async () => {
    const { elements, text } = await pageOf(run);
    const named = elements.flatMap(({ name, attributes }) => (name === 'img' ? attributes['alt']! : []));
    const curves = named.filter((label) => label.startsWith('run: '));
    expect(curves.map((label) => label.replace('run: ', ''))).toEqual([
      'Test accuracy by epoch',
      'Loss of the training samples by epoch',
      'S by layer by epoch',
      'Spike rate by layer: spikes per neuron and step by epoch',
      'potential of the outputs by step',
    ]);
    expect(named.filter((label) => label.startsWith('spikes of '))).toEqual(
      ['input', '1 convolution', '2 average pool', '3 fully connected'].map((layer) => `spikes of ${layer}`),
    );
    expect(text).toMatch(/Test sample 0: class \d, the network says \d\./);
    const [figure] = elements.flatMap(({ attributes: { src = '', alt = '' } }) =>
      alt.includes('S by layer') ? [Buffer.from(src.split(',')[1]!, 'base64').toString()] : [],
    );
    expect(figure).toMatch(/^<svg [^]*>2 average pool<[^]*<\/svg>/);
  });

  test('folds what is behind the figures, and has words for names in code', () => {
    const { text, page } = whole;
    expect(page).not.toContain('<details open');
    expect(text).not.toMatch(/\d averagePool/);
    expect(text).toContain('figure1-small-1');
    expect(text).toContain('LeNet, IF on MNIST');
  });
});

describe('a report of runs that the paper does not have', () => {
  let own: Page;
  beforeAll(async () => {
    const folder = folderOf([{ command }, ...lines]);
    keep('two', [{ command }, ...lines], folder);
    own = await pageOf(folder);
  });

  test('has no column of the paper, and does not promise its numbers', () => {
    const columns = ({ page }: Page): string[] =>
      [...page.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(([, name]) => name!);
    expect(columns(whole)).toEqual(expect.arrayContaining(['paper', 'difference']));
    expect(columns(own)).toContain('best epoch');
    for (const name of ['paper', 'difference']) expect(columns(own)).not.toContain(name);
    for (const words of ['beside Table 1', 'the paper’s number for its neuron']) {
      expect(whole.text.replace(/\s+/g, ' ')).toContain(words);
      expect(own.text.replace(/\s+/g, ' ')).not.toContain(words);
    }
  });

  test('names the data by its file, and keeps the words of a command whole', () => {
    const { page } = own;
    expect(page).toContain(`<h2>${basename(dataset)} `);
    expect(page).toContain('<span>train</span> <span>--dataset</span>');
  });
});

function rewrite(path: string, change: (file: ModelFile) => ModelFile): void {
  writeFileSync(path, encodeModel(change(decodeModel(readFileSync(path), path))));
}

/** Pretends that the run had no `--limit`, because only such a run is compared with the paper. */
function withAllSamples(file: ModelFile): ModelFile {
  const { run: record, state } = file.training!;
  const totals = { ...state.totals, samples: 60_000 };
  const training = { run: { ...record, trainSamples: 60_000 }, state: { ...state, totals } };
  return { ...file, training };
}

test('a run of another variant says so in words where it stands beside the paper', async () => {
  const out = fresh('semantics');
  const variant = '{"from":"paper","gate":"positiveInput"}';
  const args = ['--dataset', 'mnist', '--variant', variant, '--limit', '2', '--window', '2', '--epochs', '1'];
  await json(['train', ...args, '--out', out]);
  expect((await pageOf(out)).text).not.toContain('beside Table');
  rewrite(join(out, 'checkpoint.safetensors'), withAllSamples);
  const { text } = await pageOf(out);
  expect(text).toContain('LeNet, IF, variant paper, but gate: positive input');
  expect(whole.page).not.toContain(', variant authors');
});

test('a run that was stopped is called unfinished wherever it stands, and has not the digest of its command', async () => {
  const folder = freshFolder('stopped');
  const out = join(folder, 'lenet');
  const lenet = await json(['train', '--limit', '2', '--window', '2', '--epochs', '1', '--out', out]);
  rmSync(join(out, 'model.safetensors'));
  rewrite(join(out, 'checkpoint.safetensors'), (file) => {
    const { net, epochs, training } = withAllSamples(file);
    const { state } = training!;
    const settings = { ...state.settings, epochs: 10 };
    const good = epochs.map((record) => ({ ...record, accuracy: 0.9873 }));
    return { net, epochs: good, training: { ...training!, state: { ...state, settings } } };
  });
  const { text } = await pageOf(folder);
  // The run is called unfinished beside the paper's rows, and in its own section.
  expect(text).toMatch(
    /lenet\s*98\.73 %\s*98\.73 %\s*99\.65 %\s*−0\.92\s*LeNet, IF\s*2\s*1 of 10, unfinished/,
  );
  for (const words of [
    '98.73 %, epoch 1 of 10, unfinished: facts',
    '--epochs 10',
    'not yet known: the command gives it after epoch 10',
  ])
    expect(text).toContain(words);
  expect(text).not.toContain(lenet.at(-1)!['digest'].slice(0, 12));
  expect(await json(['report', folder])).toMatchObject([{ name: 'lenet', digest: null }]);
});

test('--json says one object a run or experiment', async () => {
  const answers = await json(['report', results, '--out', fresh()]);
  expect(answers.map(({ name }) => name)).toEqual([hostile, 'kept', 'mnist-if', 'run', 'figure1-small-1']);
  const { accuracy, digest } = end;
  const best = lines.slice(0, -1).reduce((a, b) => (b['accuracy'] > a['accuracy'] ? b : a));
  expect(answers[1]).toEqual({
    name: 'kept',
    command,
    digest,
    accuracy,
    best: { epoch: best['epoch'], accuracy: best['accuracy'] },
    paper: null,
  });
  expect(answers[2]!['paper']).toMatchObject({ table: 'table1', accuracy: 0.9965 });
  expect(answers[3]!['digest']).toBe(digest);
  expect(answers[4]!['digest']).toMatch(/^[0-9a-f]{64}$/);
});

/** A saved run whose last line names no model. */
const withoutModel = () => lines.map((line) => ('digest' in line ? { ...line, model: undefined } : line));
const outside = 'is not below the folder of the report';

test.each<[string, object[], string]>([
  [
    'a model',
    [{ command: 'asf-bp train', model: 'models/none.safetensors' }],
    `its model models/none.safetensors ${outside}`,
  ],
  ['a model that was not kept', [{ command: 'asf-bp train' }], 'Not shown: no model of this run was kept.'],
  ['a command that is no training', [{ command: 'make it so' }], 'make it so'],
  ['the head', [], 'The command was not kept with this run.'],
  ['a model elsewhere', [{ command: 'asf-bp train', model: '/dev/zero' }], `its model /dev/zero ${outside}`],
  ['a network elsewhere', [{ command: 'asf-bp train --model /dev/zero' }], 'no model of this run was kept'],
])('what is missing is said in its place: %s', async (_, head, words) => {
  const folder = folderOf([...head, ...withoutModel()]);
  expect((await pageOf(folder, folder)).text).toContain(words);
});

test('a run without its checkpoint, and an unfinished experiment, say what is missing', async () => {
  const folder = freshFolder('model');
  copyFileSync(join(run, 'model.safetensors'), join(folder, 'model.safetensors'));
  expect((await pageOf(folder)).text).toContain('The command is not known: model.safetensors has no');
  const stopped = freshFolder('stopped');
  cpSync(join(results, 'figure1-small-1'), join(stopped, 'figure1-small-1'), { recursive: true });
  rmSync(join(stopped, 'figure1-small-1', 'parts', 'rows.json'));
  expect((await pageOf(stopped)).text).toContain('The experiment is unfinished');
});

describe('a report reads its folder alone', () => {
  test.each([
    'asf-bp train --dataset none',
    `asf-bp train --dataset ${dataset}`,
    `asf-bp train --dataset fashion --data ${dataset}`,
  ])('and no data elsewhere: %s', async (elsewhere) => {
    const folder = folderOf([{ command: elsewhere, model: 'w.safetensors' }, ...lines]);
    copyFileSync(join(run, 'model.safetensors'), join(folder, 'w.safetensors'));
    expect((await pageOf(folder, folder)).text).toContain(outside);
  });

  test('nor through a link', async () => {
    const folder = folderOf([{ command, model: 'linked.safetensors' }, ...lines]);
    symlinkSync(join(run, 'model.safetensors'), join(folder, 'linked.safetensors'));
    expect((await pageOf(folder, folder)).text).toContain(`its model linked.safetensors ${outside}`);
    expect((await pageOf(folder)).text).toContain('linked.safetensors, whose weights have this digest');
  });

  test('nor the folder that a checkpoint names', async () => {
    const folder = freshFolder('named');
    copyFileSync(join(run, 'checkpoint.safetensors'), join(folder, 'checkpoint.safetensors'));
    const { text } = await pageOf(folder, folder);
    expect(text).toContain(outside);
    expect(text).toContain(': facts and curves');
    expect(text).not.toContain('a sample through all layers');
    const { text: all } = await pageOf(folder);
    expect(all).not.toContain(outside);
    expect(all).toContain(': facts, curves, and a sample through all layers');
  });
});

describe('report refuses', () => {
  const refused = async (folder: string, ...more: string[]): Promise<string> =>
    refusalOf(await asfbp(['report', folder, '--root', home, ...more]));
  const head = { command: 'asf-bp train' };

  test('no folder, a file, a folder with nothing that is known, and a folder as --out', async () => {
    expect(await refused(join(home, 'none'))).toContain('"DIR" expected a folder, got ');
    expect(await refused(small)).toContain(`"DIR" expected a folder, got ${small}, a file`);
    const folder = freshFolder('empty');
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'notes.txt'), 'x');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.jsonl'));
    expect(await refused(folder)).toContain('"DIR" expected a folder with kept runs, ');
    expect(namesIn(folder)).toEqual(['below', 'dangling.jsonl', 'notes.txt']);
    expect(await refused(results, '--out', home)).toContain('"--out" expected a file, got ');
  });

  test('a file that is cut short, and a model that is of another run, no model, or not for its data', async () => {
    const model = join(run, 'model.safetensors');
    const other = [...lines.slice(0, -1), { ...end, digest: '0'.repeat(64) }];
    for (const [all, words] of [
      [lines.slice(0, -1), 'one.jsonl: "file" expected'],
      [[{ ...head, model }, ...other], 'model.safetensors: "digest" expected 0000'],
      [[{ ...head, model: small }, ...lines], `${small}: `],
      [[{ ...head, model }, ...lines], 'one.jsonl: "mnist'],
    ] as const)
      expect(await refused(folderOf(all))).toContain(words);
  });

  test.each([
    ['{"experiment":"figure1","size":"x","seed":1,"variant":"paper"}', '"size" expected one of small'],
    ['{"experiment":"constructor"}', '"experiment" expected one of '],
    ['null', '"settings" expected an object, got null'],
    ['{', 'expected JSON, got {'],
  ])('a folder of an experiment with the settings %s', async (text, words) => {
    const folder = fresh('experiment');
    cpSync(join(results, 'figure1-small-1'), folder, { recursive: true });
    const settings = join(folder, 'experiment.json');
    writeFileSync(settings, text);
    expect(await refused(folder)).toContain(`report: ${settings}: ${words}`);
  });
});
