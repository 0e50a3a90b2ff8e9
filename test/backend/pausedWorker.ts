/**
 * The worker of the pool, changed for a test. It pauses before every access to shared memory, and sees growth of the memory late. A
 * seed determines both.
 */
import { readFileSync } from 'node:fs';
import { buildSync, transformSync } from 'esbuild';

const folder = new URL('../../src/backend/wasm/', import.meta.url).pathname;

const accesses = /\b(Atomics|words|doubles|memory)(?=[.[])/g;

const late = (seed: number): string => `
  let drawn = ${seed | 1};
  const draw = (count) => ((drawn = (Math.imul(drawn, 1664525) + 1013904223) | 0) >>> 8) % count;
  const paused = (what) => {
    const end = performance.now() + (draw(1024) < 8 ? 1 : draw(16) === 0 ? 0.01 : 0);
    while (performance.now() < end);
    return what;
  };
  let known;
  const lately = (memory) => paused({
    /** A view with the length of the memory at the last update by the engine. */
    get buffer() {
      if (known === undefined || draw(4) > 0) known = memory.buffer;
      return known;
    },
    grow(pages) {
      const before = memory.grow(pages);
      known = memory.buffer;
      return before;
    },
  });`;

/** The text of the worker, without the lines that match `left`. A test removes lines to show that they are needed. */
export function pausedWorker(seed: number, left?: RegExp): string {
  let places = 0;
  const lines = readFileSync(`${folder}worker.ts`, 'utf8')
    .split('\n')
    .map((line) => {
      if (/^(\s*(\/?\*|\/\/)|import )/.test(line)) return line;
      if (left?.test(line)) return '';
      return line.replace(accesses, (name) => {
        places++;
        return name === 'memory' ? 'lately(memory)' : `paused(${name})`;
      });
    });
  if (places < 15) throw new Error(`expected 15 accesses or more, got ${places}`);
  const { code } = transformSync(late(seed) + lines.join('\n'), { loader: 'ts' });
  return buildSync({
    stdin: { contents: code, resolveDir: folder, loader: 'js' },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  }).outputFiles[0].text;
}
