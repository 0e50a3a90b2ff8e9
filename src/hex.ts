/**
 * Hexadecimal text (0–9, a–f) → bytes. In a program that is compressed it takes less than base64. Where there is Node's Buffer
 * it decodes: our loop takes milliseconds for the kernels while no compiler has seen it.
 */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: 'hex'): Uint8Array } };
  // A copy: what Buffer gives may lie in a memory that others have a part of.
  if (Buffer) return new Uint8Array(Buffer.from(text, 'hex'));
  const bytes = new Uint8Array(text.length / 2);
  const digit = (place: number): number => {
    const code = text.charCodeAt(place);
    return code < 58 ? code - 48 : code - 87;
  };
  for (let n = 0; n < bytes.length; n++) bytes[n] = 16 * digit(2 * n) + digit(2 * n + 1);
  return bytes;
}
