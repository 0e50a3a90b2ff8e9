/**
 * Decodes hexadecimal text (0–9, a–f), which gzip compresses better than base64. Until the runtime has compiled the loop below,
 * the loop takes milliseconds for a model. Node's `Buffer` is therefore used if there is one.
 */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  // Only Node, Bun and Deno have a Buffer.
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: 'hex'): Uint8Array } };
  // A Buffer may share its memory with other Buffers, so its bytes are copied.
  if (Buffer) return new Uint8Array(Buffer.from(text, 'hex'));
  const bytes = new Uint8Array(text.length / 2);
  const digit = (index: number): number => {
    const code = text.charCodeAt(index);
    return code < 58 ? code - 48 : code - 87;
  };
  for (let n = 0; n < bytes.length; n++) bytes[n] = 16 * digit(2 * n) + digit(2 * n + 1);
  return bytes;
}

/** Writes a 32-bit number as 8 hexadecimal digits. */
export function hex32(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
