/**
 * The state of a session as bytes, little-endian: `ASF1`, the number of steps (u32), then binary32 numbers: FO of the
 * input, then of each layer u (if it has neurons), FI and FO, as maps (C,H,W).
 */
import { neuronsOf, type Network } from '../../spec/network.ts';
import { checkWhole, refuse } from '../errors.ts';

/** `ASF1`, as a number. */
const mark = 0x31465341;
const header = 8;

/** A buffer of the state: of layer n, and how many numbers. */
interface Part {
  readonly n: number;
  readonly what: 'u' | 'FI' | 'FO';
  readonly length: number;
}

/** What a state is made of, in order. */
export function partsOf({ input, layers }: Network): Part[] {
  const parts: Part[] = [{ n: 0, what: 'FO', length: neuronsOf(input) }];
  for (const { n, kind, output } of layers) {
    for (const what of ['u', 'FI', 'FO'] as const)
      if (what !== 'u' || !kind.silent) parts.push({ n, what, length: neuronsOf(output) });
  }
  return parts;
}

export function encodeState(t: number, values: readonly Float32Array[]): Uint8Array {
  const length = values.reduce((sum, part) => sum + part.length, 0);
  const view = new DataView(new ArrayBuffer(header + 4 * length));
  view.setUint32(0, mark, true);
  view.setUint32(4, t, true);
  let at = header;
  for (const part of values) for (const value of part) view.setFloat32((at += 4) - 4, value, true);
  return new Uint8Array(view.buffer);
}

export function decodeState(
  where: string,
  plan: Network,
  most: number,
  bytes: Uint8Array,
): { t: number; values: Float32Array[] } {
  if (!(bytes instanceof Uint8Array)) refuse(where, 'state', 'the bytes that save() gave', bytes);
  const parts = partsOf(plan);
  const expected = parts.reduce((sum, { length }) => sum + 4 * length, header);
  if (bytes.length !== expected)
    refuse(where, 'state', `${expected} bytes, as save() gives of this network`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== mark) refuse(where, 'state', 'ASF1 at byte 0', view.getUint32(0, true));
  const t = checkWhole(where, 'steps of the state', view.getUint32(4, true), 0, most);
  let at = header;
  const values = parts.map(({ length }) => {
    const part = Float32Array.from({ length }, () => view.getFloat32((at += 4) - 4, true));
    const bad = part.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) refuse(where, 'state', 'finite numbers', `${part[bad]} before byte ${at}`);
    return part;
  });
  return { t, values };
}
