/** A runtime with files: Node, Deno, Bun. One JSON line on standard output. */
import { readFileSync } from 'node:fs';
import { learn } from './program.mjs';

console.log(
  JSON.stringify(await learn(new Uint8Array(readFileSync(new URL('digits.bin', import.meta.url))))),
);
