/** The file of a training step that a recorder wrote, as a browser has it: bytes with a name. */
import { InputError, messageOf, refuse, show } from '../../errors.ts';
import { mostCharacters } from '../../formats/json.ts';
import { readNpz } from '../../formats/npz.ts';
import type { AnyTensor } from '../../formats/tensor.ts';
import { listZip } from '../../formats/zip.ts';
import { checkRecord } from '../../network/check.ts';

/** The arrays of a recorded step by name, and what the file says of them. */
export interface RecordedStep {
  readonly arrays: ReadonlyMap<string, AnyTensor>;
  readonly words: Readonly<Record<string, unknown>>;
}

const saveAs = 'save plain arrays, as numpy.savez does';

/**
 * Reads the `.npz` of a step by surrogate gradients, for `checkSurrogate`: arrays, and in `meta` their description as JSON.
 *
 * @param name of the file, which errors name
 * @throws InputError in one line for a file that is damaged, or describes no such step
 */
export function readStep(bytes: Uint8Array, name: string): RecordedStep {
  if (bytes[0] === 0x80 && bytes[1] <= 5)
    refuse(name, 'file', 'an .npz of arrays', 'a Python pickle', saveAs);
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b)
    refuse(name, 'file', 'an .npz of arrays', bytes.length === 0 ? 'an empty file' : 'another file');
  if (listZip(bytes, name).some(({ name: entry }) => entry.endsWith('data.pkl')))
    refuse(name, 'file', 'an .npz of arrays', 'a PyTorch file, which is a pickle', saveAs);
  const arrays = readNpz(bytes, name);
  const meta = arrays.get('meta');
  arrays.delete('meta');
  const words = meta?.dtype === 'STR' && meta.data.length === 1 ? describedBy(meta.data[0], name) : {};
  const { ops } = words;
  if (!Array.isArray(ops))
    refuse(
      name,
      'meta',
      'the description of a step by surrogate gradients',
      ops === undefined ? 'none' : ops,
      'the recorder asfbp_record.py writes it; of other steps the command asf-bp check judges',
    );
  for (const op of ops) checkRecord(name, 'ops', op);
  return { arrays, words };
}

function describedBy(text: string, name: string): Record<string, unknown> {
  if (text.length > mostCharacters) refuse(name, 'meta', `at most ${mostCharacters} characters`, text.length);
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${name}: "meta" expected JSON, got ${show(messageOf(cause))}`, { cause });
  }
  return checkRecord(name, 'meta', words);
}
