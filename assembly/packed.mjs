/**
 * Bytes as text: one character for a byte below 82, two for any other. Gzip, which sees 32 KiB at a time, packs this text
 * better than hexadecimal digits. The kernels of the forward pass take 8 KB instead of 9.
 */

/** The 85 characters from ( to ~ except \ and `. The text needs no escapes in quotes of any kind: $, " and ' come before (. */
const characters = Array.from({ length: 87 }, (_, n) => String.fromCharCode(40 + n)).filter(
  (character) => !'\\`'.includes(character),
);

export function pack(bytes) {
  const digits = Array.from(bytes, (byte) =>
    byte < 82 ? [byte] : [82 + Math.floor((byte - 82) / 85), (byte - 82) % 85],
  );
  return digits
    .flat()
    .map((digit) => characters[digit])
    .join('');
}

/** Converts the text back to bytes. The build contains the source of this function. */
export function unpack(text) {
  const bytes = new Uint8Array(text.length);
  let [length, high] = [0, 0];
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    const digit = code - (code > 96 ? 42 : code > 92 ? 41 : 40);
    if (high === 0 && digit > 81) high = 82 + 85 * (digit - 82);
    else {
      bytes[length++] = high + digit;
      high = 0;
    }
  }
  return bytes.slice(0, length);
}
