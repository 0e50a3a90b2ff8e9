/**
 * Tables for the host, read from the sources of the kernels. They have the names of each kernel's arguments in their order, the
 * fields of the record `Run`, and the bits of its field `mode`. For kernels that use scratch memory, its address is the last
 * argument, which each thread appends itself.
 */
import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(`assembly/${path}.ts`, 'utf8');

/** The kernels that an entry exports, by name. */
function kernelsOf(entry) {
  const found = [...read(entry).matchAll(/^export \{ (.*) \} from '\.\/(.*)';$/gm)].flatMap(
    ([, names, path]) => names.split(', ').map((name) => [name, parametersOf(read(path), name)]),
  );
  return Object.fromEntries(found);
}

function parametersOf(text, name) {
  const [, list] = new RegExp(`^export function ${name}\\(([^)]*)\\): void`, 'm').exec(text) ?? [];
  if (list === undefined) throw new Error(`tables: expected a function ${name} that returns nothing`);
  const names = [...list.matchAll(/(\w+): \w+/g)].map(([, parameter]) => parameter);
  if (names.slice(0, -1).includes('scratch'))
    throw new Error(`tables: expected scratch to be last in ${name}`);
  return names.filter((parameter) => parameter !== 'scratch');
}

const fields = [...read('window').matchAll(/^ {2}(\w+)!: (\w+);/gm)];
const tables = {
  windowFields: fields.map(([, name]) => name),
  realFields: fields.filter(([, , type]) => type === 'f32').map(([, name]) => name),
};
const modes = [...read('neuron').matchAll(/^export const (\w+): i32 = (\d+);/gm)];
const parameters = kernelsOf('index');
const forward = Object.keys(kernelsOf('infer'));

/** A module of the tables. Each kernel has its own constant, so that a bundler can leave out the kernels of training. */
export const source = [
  ...Object.entries(parameters).map(([name, names]) => `const ${name} = ${JSON.stringify(names)};`),
  `export const parameters = { ${Object.keys(parameters).join(', ')} };`,
  `export const forwardParameters = { ${forward.join(', ')} };`,
  ...Object.entries(tables).map(([name, names]) => `export const ${name} = ${JSON.stringify(names)};`),
  ...modes.map(([, name, bit]) => `export const ${name} = ${bit};`),
  '',
].join('\n');

export const types = [
  'export declare const parameters: {',
  ...Object.entries(parameters).map(
    ([name, names]) => `  readonly ${name}: readonly ${JSON.stringify(names)};`,
  ),
  '};',
  `export declare const forwardParameters: Pick<typeof parameters, '${forward.join("' | '")}'>;`,
  ...Object.entries(tables).map(
    ([name, names]) => `export declare const ${name}: readonly ${JSON.stringify(names)};`,
  ),
  ...modes.map(([, name, bit]) => `export declare const ${name}: ${bit};`),
  '',
].join('\n');
