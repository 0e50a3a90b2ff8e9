/**
 * The digest of a model file: `digest`, the first entry of its metadata, is the SHA-256 of the file without its own 64 digits at bytes 35
 * to 98. It detects damage, not deliberate changes.
 */
import { refuse } from '../errors.ts';
import { writeSafetensors, type Safetensors } from '../formats/safetensors.ts';
import { sha256 } from '../formats/sha256.ts';

/** After the length of the header and `{"__metadata__":{"digest":"`. */
const [first, end] = [35, 99];

export function writeWithDigest({ tensors, metadata }: Safetensors): Uint8Array {
  const bytes = writeSafetensors(tensors, { digest: '0'.repeat(end - first), ...metadata });
  bytes.set(new TextEncoder().encode(digestOf(bytes)), first);
  return bytes;
}

/** Refuses a damaged file. */
export function checkDigest(bytes: Uint8Array, { digest }: Safetensors['metadata'], where: string): void {
  const found = digestOf(bytes);
  if (found !== digest) refuse(where, 'digest', found, digest, 'the file is damaged');
}

function digestOf(bytes: Uint8Array): string {
  return sha256(bytes.subarray(0, first), bytes.subarray(end));
}
