/** A job gives the same digest on 1 to 4 ranks: over shared memory and TCP, by every learning rule, with threads, and with idle ranks. */
import { beforeAll, describe, expect, test } from 'vitest';
import { smallNetwork, writeNetwork } from '../command/world.ts';
import { fresh, json, linesOf } from '../processes/process.ts';
import { lastOf, model, quick, startJob, startMpich, train, ways, type Way } from './job.ts';

let alone: Record<string, any>[] = [];
beforeAll(async () => {
  alone = await json([...quick, '--out', fresh()]);
});
const withoutTime = (lines: readonly Record<string, any>[]): unknown[] =>
  lines.slice(0, -1).map((line) => ({ ...line, imagesPerSecond: 0 }));

describe.each(Object.keys(ways) as Way[])('over %s', (way) => {
  test.each([1, 2, 3, 4])('%i ranks give what one process gives', async (ranks) => {
    const outcome = await startJob(ranks, [...quick, '--out', fresh(), '--json'], { way }).ended;
    expect(lastOf(outcome)['digest']).toBe(alone.at(-1)!['digest']);
    expect(withoutTime(linesOf(outcome))).toEqual(withoutTime(alone));
  });
});

const biased = writeNetwork('biased', {
  ...smallNetwork,
  layers: smallNetwork.layers.map((layer) => ('size' in layer ? layer : { ...layer, bias: true })),
});
const short = [...train, '--epochs', '1', '--threads', '1'];
const idle = 'rank 3 without samples: a batch has 3 shards of 16; take a larger batch or ';

test.each<[string, ranks: number, args: string[], said?: string]>([
  ['by rule lee', 3, [...short, '--rule', 'lee']],
  ['by rule stbp', 3, [...short, '--rule', 'stbp']],
  ['with biases, which are summed as weights are', 3, quick.map((arg) => (arg === model ? biased : arg))],
  ['with two threads a rank', 2, [...quick, '--threads', '2']],
  ['with the reference backend', 2, [...quick, '--backend', 'reference']],
  ['with more ranks than shards, of which the idle ones are named', 4, [...short, '--shard', '16'], idle],
])('%s', async (_, ranks, args, said = '') => {
  const [one] = (await json([...args, '--out', fresh()])).slice(-1);
  const outcome = await startJob(ranks, [...args, '--out', fresh(), '--json']).ended;
  expect(lastOf(outcome)['digest']).toBe(one!['digest']);
  expect(outcome.err).toContain(said);
});

test('gone on with by other numbers of ranks, and by one process', async () => {
  const out = fresh();
  const epochs = (n: number): string[] => [...train, '--lr-steps', '2', '--epochs', `${n}`, '--out', out];
  lastOf(await startJob(3, [...epochs(1), '--threads', '1', '--json']).ended);
  lastOf(await startJob(2, [...epochs(2), '--threads', '1', '--resume', '--json']).ended);
  const lines = await json([...epochs(3), '--resume']);
  expect(lines.at(-1)!['digest']).toBe(alone.at(-1)!['digest']);
});

test('by MPICH, whose handles are numbers', async () => {
  const outcome = await startMpich(3, [...quick, '--out', fresh(), '--json']).ended;
  expect(lastOf(outcome)['digest']).toBe(alone.at(-1)!['digest']);
});
