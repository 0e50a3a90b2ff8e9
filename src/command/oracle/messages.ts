/** What is spoken with an adapter: one JSON object a line. `hello`, `case`, `result`, `skip`, `bye`. */
import { InputError, refuse, show } from '../../errors.ts';
import type { Tensor } from '../../formats/tensor.ts';
import { checkVariant } from '../../network/check.ts';
import type { NetworkFile } from '../../network/models.ts';
import { arraysOfJson } from '../../oracle/files/jsonArrays.ts';
import { keys } from '../../oracle/keys.ts';
import { version } from '../../version.ts';
import { openCase, type CaseOptions } from './oracleFiles.ts';

/** Version of the protocol. */
const protocol = 1;

/** A step to be made by somebody: what enters it, under our keys. */
export interface GivenCase {
  readonly id: string;
  readonly network: NetworkFile;
  readonly optimiser: 'adam' | 'sgd';
  readonly arrays: ReadonlyMap<string, Tensor>;
}

export type Answer =
  | { readonly type: 'hello'; readonly name: string }
  | { readonly type: 'result'; readonly id: string; readonly arrays: ReadonlyMap<string, Tensor> }
  | { readonly type: 'skip'; readonly id: string; readonly reason: string }
  | { readonly type: 'bye' };

/** A file's case, without what may have been made of it. */
export function givenCase(path: string, options: CaseOptions): GivenCase {
  const { arrays, network, names, optimiser } = openCase(path, options, 'oracle');
  const given = new Map<string, Tensor>();
  for (const [name, array] of arrays) {
    const key = names.get(name) ?? name;
    if (typeof key === 'string' && isGiven(key, arrays)) given.set(key, array);
  }
  return { id: path, network, optimiser: optimiser ?? 'adam', arrays: given };
}

function isGiven(key: string, arrays: ReadonlyMap<string, unknown>): boolean {
  const row = keys.find(({ name }) => name === key.replace(/^layer\d+\./, 'layer{n}.'));
  if (!row) return false;
  if (key === 'input.spikes') return !arrays.has('image');
  return row.stage === undefined || (key === 'encode.word' && !arrays.has('encode.seed'));
}

export const helloLine = (): string => line({ type: 'hello', version: protocol, asfbp: version });
export const byeLine = (): string => line({ type: 'bye' });

export function caseLine({ id, network, optimiser, arrays }: GivenCase): string {
  const listed = [...arrays].map(([key, { shape, data }]) => [key, { shape, data: [...data].map(Number) }]);
  const variant = network.variant ?? 'paper';
  const choices = checkVariant(id, variant);
  return line({ type: 'case', id, network, variant, choices, optimiser, arrays: Object.fromEntries(listed) });
}

const line = (message: object): string => `${JSON.stringify(message)}\n`;

/**
 * A line of an adapter.
 *
 * @throws InputError for what is no message
 */
export function parseAnswer(text: string): Answer {
  const where = 'babbles';
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${where}: "line" expected a JSON object, got ${show(text)}`, { cause });
  }
  const { type, id, reason, name, arrays } = message ?? {};
  if (type === 'bye') return { type };
  if (type === 'hello') {
    if (message['version'] !== protocol) refuse(where, 'hello.version', `${protocol}`, message['version']);
    return { type, name: typeof name === 'string' ? show(name) : 'adapter' };
  }
  if (type !== 'result' && type !== 'skip') refuse(where, 'type', 'hello, result, skip or bye', type ?? text);
  if (typeof id !== 'string') refuse(where, `${type}.id`, 'the id of a case', id);
  if (type === 'skip') return { type, id, reason: show(reason) };
  if (typeof arrays !== 'object' || arrays === null) refuse(where, 'result.arrays', 'an object', arrays);
  const read = arraysOfJson(arrays as Record<string, unknown>, `adapter(${show(id)})`);
  return { type, id, arrays: read as Map<string, Tensor> };
}
