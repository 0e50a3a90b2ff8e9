const table = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/**
 * CRC-32 of zip, gzip and PNG (ISO 3309: reflected polynomial 0xEDB88320), as an unsigned number.
 *
 * @param before The CRC of the bytes that come before these, to continue a sum; 0 to start one.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

/** A 32-bit sum as error messages show it: 8 hexadecimal digits. */
export function hex32(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
