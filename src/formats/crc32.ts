/**
 * Entry n is the CRC of byte n. Entries 256 + n, 512 + n and 768 + n are the CRC of byte n followed by one, two or three zeros.
 * With these entries, an iteration processes four bytes.
 */
const table = new Int32Array(1024);
for (let n = 0; n < 1024; n++) {
  let c = n < 256 ? n : table[n - 256];
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[n] = c;
}

/**
 * CRC-32 of zip, gzip and PNG (ISO 3309: reflected polynomial 0xEDB88320), as an unsigned number.
 *
 * @param before the CRC of the preceding bytes; 0 for none
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c =
      table[768 + (c & 255)] ^
      table[512 + ((c >>> 8) & 255)] ^
      table[256 + ((c >>> 16) & 255)] ^
      table[c >>> 24];
  }
  for (; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}
