/** A process may lack threads, open files, addresses or WebAssembly. The command reports this in one line, or works without them. */
import { expect, test } from 'vitest';
import { writeDataset, writeNetwork, smallNetwork } from '../command/world.ts';
import { fresh, program, start } from './process.ts';

const predict = ['predict', 'models/tiny', 'examples/edge/digit.png'];
const small = ['--dataset', writeDataset('data', 8, 4), '--model', writeNetwork('small', smallNetwork)];
const train = ['train', ...small, '--epochs', '1', '--threads', '3', '--out', fresh()];
const noThreads = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';
const withoutSimd = process.arch === 'x64' ? '--no-enable-sse4-1' : '--jitless';

/**
 * A limit of the shell, flags of Node, arguments, and the expected last line on standard error. Without a line, the command must
 * succeed.
 */
const cases: readonly [limit: string, flags: string, args: readonly string[], line?: RegExp][] = [
  ['', `${noThreads} --allow-fs-read=* --allow-fs-write=*`, train, /^wasm: thread /],
  ['ulimit -n 24', '', predict, /^asf-bp: its own files cannot be loaded: EMFILE: too many open files/],
  ['ulimit -v 10000000', '', predict, /^wasm: expected about 12 GB .*=--disable-wasm-trap-handler$/],
  ['ulimit -v 10000000', '--disable-wasm-trap-handler', predict],
  ['', '--jitless', predict, /^predict: "--backend" expected reference, where WebAssembly or its SIMD is/],
  ['', '--jitless', [...predict, '--backend', 'reference']],
  ['', '--jitless', [...train.slice(0, 7), '--backend', 'reference', '--out', fresh()]],
  ['', '--jitless', ['show', 'mnist', '7'], /^wasm: expected WebAssembly with SIMD, got a runtime without/],
  ['', withoutSimd, predict, /^predict: "--backend" expected reference, /],
];

test.runIf(process.platform === 'linux').each(cases)(
  '%s node %s asf-bp %j',
  async (limit, flags, args, line) => {
    const script = `${limit || ':'}; exec ${process.execPath} --no-warnings ${flags} ${program} "$@"`;
    const cwd = new URL('../..', import.meta.url).pathname;
    const { code, err } = await start(['-c', script, 'bash', ...args], { command: 'bash', cwd }).ended;
    const lines = err.split('\n').filter((each) => each && !each.startsWith('Warning: '));
    expect([code, ...lines]).toEqual(line ? [2, expect.stringMatching(line)] : [0]);
  },
);
