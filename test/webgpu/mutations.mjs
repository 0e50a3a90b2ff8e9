/**
 * `node test/webgpu/mutations.mjs [FILE]` changes the shaders in one place at a time, and expects a test to fail. Each printed line
 * names the failed test. The texts in dist/ are changed, and restored at the end.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const path = `${root}dist/webgpu/shaders.js`;

/** The file, a text that occurs in it once, and the replacement. */
const mutations = [
  ['neuron', 'u >= p.Vth', 'u > p.Vth'],
  ['neuron', 'apart(product + u) - u', 'product'],
  ['encode', 'word < bound', 'word <= bound'],
  ['encode', '(t / 2u) * 131072u + index', '(t / 2u) * 131072u + index + 1u'],
  ['encode', '24u);', '23u);'],
  ['current/convolution', 'events &= (1u << (end - first)) - 1u', 'events &= 0xffffffffu'],
  ['current/convolution', 'events &= 0xffffffffu << (before - first)', 'events &= 0xffffffffu'],
  ['current/averagePool', 'left + column', 'left + row'],
  ['current/maxPool', 'has(accumulated)', 'true'],
  ['flow', 'p.outWords + i / 32u', 'p.outWords + i / 16u'],
  ['scale', 'if (lane == 0u) {\nfor', 'if (lane == 1u) {\nfor'],
  ['scale', 'FI[place] >= FO[place]', 'FI[place] > FO[place]'],
  ['scale', '< p.outputs);\nworkgroupBarrier();', '< p.outputs);'],
  ['loss', 'labels[sample * recordWords]', 'labels[sample]'],
  ['backward', 'FI[place] > 0.0', 'FI[place] >= 0.0'],
  ['backward/convolution', 'if (x >= p.width)', 'if (x > p.width)'],
  ['backward/convolution', 'row * p.stride <= y', 'row * p.stride < y'],
  ['backward/maxPool', 'flow > most', 'flow >= most'],
  ['backward/averagePool', 'sum / p.count', 'sum'],
  ['update', 'abs(moment) < smallestMoment', 'false'],
  ['update', 'into[k] += dw[k]', 'into[k] = dw[k]'],
];

const inLine = (text) => text.replace(/\s+/g, ' ');
const original = readFileSync(path, 'utf8');
const { shaders } = await import(pathToFileURL(path).href);
const asked = mutations.filter(([file]) => file.startsWith(process.argv[2] ?? ''));
let missed = 0;
try {
  for (const [file, from, to] of asked) {
    if (shaders[file].split(from).length !== 2)
      throw new Error(`${file}: "${from}" does not stand there once`);
    const changed = { ...shaders, [file]: shaders[file].replace(from, () => to) };
    writeFileSync(path, `export const shaders = ${JSON.stringify(changed)};\n`);
    const args = [
      'test/webgpu/run.mjs',
      'test/webgpu/kernels.test.ts',
      'test/webgpu/hand.test.ts',
      '--bail=1',
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    // eslint-disable-next-line no-control-regex
    const by = /FAIL.*> ([^>\n]+)/.exec((stdout + stderr).replace(/\u001b\[\d+m/g, ''))?.[1] ?? '';
    console.log(
      `${status === 0 ? 'MISSED' : 'caught'}  ${file}: ${inLine(from)} → ${inLine(to)}${by ? `  (${by.trim()})` : ''}`,
    );
    if (status === 0) missed++;
  }
} finally {
  writeFileSync(path, original);
}
console.log(`${asked.length - missed} of ${asked.length} caught`);
process.exitCode = missed === 0 ? 0 : 1;
