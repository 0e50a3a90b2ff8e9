/**
 * The state of a session as bytes, little-endian: `ASF2`, the number of steps (u32), then binary32 numbers: FO of the
 * input, then of each layer u (if it has neurons), FI and FO, as maps (C,H,W); last, the SHA-256 of all these bytes. `ASF1`,
 * the form of earlier versions, has no SHA-256.
 */
import { neuronsOf, type Network } from '../../spec/network.ts';
import { checkWhole, placeNotFinite, refuse } from '../errors.ts';
import { bytesOf, type AnyBytes } from '../formats/bytes.ts';
import { sha256 } from '../formats/sha256.ts';

/** `ASF2` as a number, then `ASF1`. */
const mark = 0x32465341;
const earlier = 0x31465341;
const header = 8;
/** Bytes of the digest. */
const ending = 32;

/** A buffer of the state: its layer and its length. */
interface Part {
  readonly n: number;
  readonly role: 'potential' | 'FI' | 'FO';
  readonly length: number;
}

/** The buffers of a state, in order. */
export function partsOf({ input, layers }: Network): Part[] {
  const parts: Part[] = [{ n: 0, role: 'FO', length: neuronsOf(input) }];
  for (const { n, kind, output } of layers) {
    for (const role of ['potential', 'FI', 'FO'] as const)
      if (role !== 'potential' || !kind.silent) parts.push({ n, role, length: neuronsOf(output) });
  }
  return parts;
}

export function encodeState(t: number, values: readonly Float32Array[]): Uint8Array {
  const length = values.reduce((sum, part) => sum + part.length, 0);
  const view = new DataView(new ArrayBuffer(header + 4 * length + ending));
  view.setUint32(0, mark, true);
  view.setUint32(4, t, true);
  let at = header;
  for (const part of values) for (const value of part) view.setFloat32((at += 4) - 4, value, true);
  const bytes = new Uint8Array(view.buffer);
  const digest = sha256(bytes.subarray(0, at));
  for (let n = 0; n < ending; n++) bytes[at + n] = parseInt(digest.slice(2 * n, 2 * n + 2), 16);
  return bytes;
}

export function decodeState(
  where: string,
  plan: Network,
  most: number,
  given: AnyBytes,
): { t: number; values: Float32Array[] } {
  const bytes = bytesOf(where, 'state', given);
  const parts = partsOf(plan);
  const end = parts.reduce((sum, { length }) => sum + 4 * length, header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isEarlier = bytes.length === end && view.getUint32(0, true) === earlier;
  if (!isEarlier && bytes.length !== end + ending)
    refuse(where, 'state', `${end + ending} bytes of this network`, bytes.length);
  const t = checkWhole(where, 'steps of the state', view.getUint32(4, true), 0, most);
  let at = header;
  const values = parts.map(({ length }) => {
    const part = Float32Array.from({ length }, () => view.getFloat32((at += 4) - 4, true));
    const bad = placeNotFinite(part);
    if (bad >= 0) refuse(where, 'state', 'finite numbers', `${part[bad]} before byte ${at}`);
    return part;
  });
  if (!isEarlier && encodeState(t, values).some((byte, k) => byte !== bytes[k]))
    refuse(where, 'state', 'ASF2 and its digest', 'others');
  return { t, values };
}
