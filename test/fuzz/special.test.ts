/** Every command refuses pipes, sockets, devices, and links to these. The error has one line and comes without waiting. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { writeNpz } from '../../src/formats/npz.ts';
import { asfbp, fresh, refusalOf } from '../command/command.ts';
import { awaitedLaw } from '../spec/support.ts';

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

/** Functions that create something other than a regular file. */
const makers: Readonly<Record<string, (path: string) => unknown>> = {
  pipe: (path) => expect(spawnSync('mkfifo', [path]).status).toBe(0),
  socket: (path) =>
    new Promise<void>((resolve) => void servers.push(createServer().listen(path, () => resolve()))),
  'endless device': (path) => symlinkSync('/dev/zero', path),
  'empty device': (path) => symlinkSync('/dev/null', path),
  'random device': (path) => symlinkSync('/dev/urandom', path),
  'full device': (path) => symlinkSync('/dev/full', path),
  'link to itself': (path) => symlinkSync(path, path),
  'link to nothing': (path) => symlinkSync(`${path}-absent`, path),
  'link to a pipe': (path) => {
    makers['pipe'](`${path}-pipe`);
    symlinkSync(`${path}-pipe`, path);
  },
};

const ours = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const digit = ours('examples/edge/digit.png');
const trace = fresh('trace.npz');
writeFileSync(trace, writeNpz([['input', { dtype: 'F32', shape: [4, 1], data: new Float32Array(4) }]]));

/** Commands that read a path. */
const readers: Readonly<Record<string, (path: string) => string[]>> = {
  'a model': (path) => ['info', path],
  'a model that predicts': (path) => ['predict', path, digit],
  'a picture': (path) => ['predict', 'models/tiny', path],
  'a model that is judged': (path) => ['evaluate', path, '--limit', '8'],
  'a model that is exported': (path) => ['export', path, '--nir', fresh('out')],
  'a graph': (path) => ['import', path, '--as', 'norse', '--out', fresh('out')],
  'a graph beside a trace': (path) => ['check', trace, '--graph', path, '--as', 'norse'],
  'a recording of a step': (path) => ['check', path],
  'a network of a step': (path) => ['check', trace, '--network', path],
  'inputs of a step': (path) => ['check', trace, '--inputs', path],
  'a step that is made': (path) => ['oracle', 'run', path, '--out', fresh('out')],
  'a network to train': (path) => ['train', '--model', path, '--out', fresh('run')],
  'a network to show': (path) => ['show', 'mnist', '7', '--model', path],
  'data to train on': (path) => ['train', '--dataset', path, '--out', fresh('run')],
  'data to show': (path) => ['show', path, '0'],
};

/** File names in the folder of a data set, of a run, or of saved results. */
const names = [
  'train-images-idx3-ubyte',
  'train.csv',
  'train.npz',
  '0/a.png',
  'train/0/a.png',
  'model.safetensors',
  'checkpoint.safetensors',
  'network.json',
];

const folders: Readonly<Record<string, (path: string) => string[]>> = {
  'a folder of data': (path) => ['train', '--dataset', path, '--out', fresh('run')],
  'a run that goes on': (path) => ['train', '--resume', '--out', path],
  'a run that is judged': (path) => ['evaluate', path, '--limit', '8'],
  'a run with information': (path) => ['info', path],
};

const kinds = fc.constantFrom(...Object.keys(makers));
const files = fc.record({ kind: kinds, what: fc.constantFrom(...Object.keys(readers)) });
const inFolders = fc.record({
  kind: kinds,
  what: fc.constantFrom(...Object.keys(folders)),
  name: fc.constantFrom(...names),
});

awaitedLaw(
  'what is no regular file is refused in one line, alone and in a folder',
  fc.oneof(files, inFolders),
  120,
  async (drawn) => {
    const path = fresh('special');
    const at = 'name' in drawn ? join(path, drawn.name) : path;
    if (at !== path) mkdirSync(dirname(at), { recursive: true });
    await makers[drawn.kind](at);
    const begun = performance.now();
    const outcome = await asfbp('name' in drawn ? folders[drawn.what](path) : readers[drawn.what](path));
    expect(refusalOf(outcome)).toMatch(/^[^\p{Cc}]+$/u);
    expect(performance.now() - begun).toBeLessThan(5000);
  },
);
