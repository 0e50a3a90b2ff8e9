/** A saved run is read line by line, and a wrong line is refused with its number. */
import { expect, test } from 'vitest';
import { readRunFile } from '../../src/command/run/kept.ts';
import { refusalOf } from '../fuzz/refusal.ts';

const head = {
  command: 'asf-bp train',
  commit: 'abc',
  model: 'models/a.safetensors',
  seconds: 58,
  machine: { cores: 8 },
};
const epoch = (n: number): Record<string, unknown> => ({
  epoch: n,
  loss: 1 / n,
  accuracy: 0.5,
  imagesPerSecond: 10,
  spikeRates: { '1 linear': 0.1 },
  S: { '1 linear': 0.7 },
});
const digest = 'ab'.repeat(32);
const end = { accuracy: 0.5, epochs: 2, digest, model: '/runs/a/model.safetensors' };

const textOf = (...lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const read = (text: string) => readRunFile(new TextEncoder().encode(text), 'kept');

test('a run with its head', () => {
  const { facts, ...words } = read(textOf(head, epoch(1), epoch(2), end)).head!;
  expect(words).toEqual({ command: 'asf-bp train', model: 'models/a.safetensors' });
  expect({ ...facts }).toEqual({ commit: 'abc', seconds: 58, machine: '{"cores":8}' });
});

test('what train --json prints, also from the middle of a run and without the last end of line', () => {
  expect(read(textOf(epoch(3), epoch(4), end).trimEnd())).toEqual({
    head: undefined,
    epochs: [epoch(3), epoch(4)],
    accuracy: 0.5,
    digest,
    model: '/runs/a/model.safetensors',
  });
});

test('a run whose weights were not kept', () => {
  const { model: _, ...bare } = head;
  for (const first of [bare, { ...bare, model: null }])
    expect(read(textOf(first, epoch(1), { ...end, model: null })).head!.model).toBeUndefined();
});

const layers = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`${n} linear`, 0]));
const many = Array.from({ length: 10_001 }, (_, n) => textOf(epoch(n + 1))).join('');

test.each([
  ['an empty file', '', '"file" expected JSON lines, got an empty file'],
  ['a cut line', textOf(head, epoch(1), end).slice(0, -9), ', line 3: expected JSON, got {"accuracy"'],
  ['a file without its end', textOf(head, epoch(1)), 'a last line with accuracy and digest, got the end'],
  ['lines after the end', textOf(head, epoch(1), end, head), ', line 4: "file" expected its end after'],
  ['an end alone', textOf(head, end), ', line 2: "file" expected one line per epoch before'],
  ['a list', '[1]\n', ', line 1: "line" expected a JSON object, got [1]'],
  ['other lines', '{"a":1}\n', ', line 1: "epochs" expected only epoch, '],
  ['an empty line', textOf(head, epoch(1)) + '\n', ', line 3: expected JSON, got ;'],
  ['an accuracy above 1', textOf(head, { ...epoch(1), accuracy: 2 }), ', line 2: "epochs.accuracy" expected'],
  ['an epoch twice', textOf(head, epoch(1), epoch(1)), ', line 3: "epoch" expected a whole number from 2 '],
  ['more layers than a network has', textOf({ ...epoch(1), S: layers }), ', line 1: "layers of S" expected'],
  ['a digest that is none', textOf(epoch(1), { ...end, digest: 'x' }), ', line 2: "digest" expected 64'],
  ['a command that is no text', textOf({ command: 7 }, epoch(1), end), ', line 1: "command" expected a text'],
  ['a long line', `"${'a'.repeat(2 ** 16)}"`, ', line 1: "line" expected at most 65536 bytes, got 65538'],
  ['too many lines', many, ', line 10001: "file" expected at most 10000 lines'],
])('refuses %s', (_, text, words) => {
  expect(refusalOf(() => read(text))).toContain(words);
});

test('refuses bytes that are no text', () => {
  const bytes = () => readRunFile(Uint8Array.of(0xff, 0xfe), 'kept');
  expect(refusalOf(bytes)).toBe('kept, line 1: "line" expected JSON in UTF-8, got other bytes');
});
