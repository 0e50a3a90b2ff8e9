/** Hexadecimal text (0–9, a–f) → bytes. In a program that is compressed it takes less than base64. */
export function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  const digit = (place: number): number => {
    const code = text.charCodeAt(place);
    return code < 58 ? code - 48 : code - 87;
  };
  for (let n = 0; n < bytes.length; n++) bytes[n] = 16 * digit(2 * n) + digit(2 * n + 1);
  return bytes;
}
