/** Digits of a file: 784 bytes each, then one byte per label. */
import { readFileSync } from 'node:fs';

/** The first `wanted` digits. */
export function digitsIn(file, wanted) {
  const bytes = readFileSync(file);
  const count = bytes.length / 785;
  return {
    pixels: bytes.subarray(0, wanted * 784),
    labels: bytes.subarray(count * 784, count * 784 + wanted),
  };
}
