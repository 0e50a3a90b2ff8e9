/** The program for runtimes with files: Node, Deno and Bun. It prints one line of JSON. */
import { readFileSync } from 'node:fs';
import { learn } from './program.mjs';

console.log(
  JSON.stringify(await learn(new Uint8Array(readFileSync(new URL('digits.bin', import.meta.url))))),
);
