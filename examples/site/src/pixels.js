/**
 * Reads the pixels of a picture file, scaled down if a side is longer than `most` pixels.
 * `check` receives the size before the pixels are read, and may throw.
 */
export async function pixelsIn(file, { most = Infinity, check = () => {} }) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name}: expected a picture, as PNG or JPEG, got a file of another kind`);
  });
  try {
    check(bitmap);
    const share = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) =>
      Math.max(1, Math.round(share * side)),
    );
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(bitmap, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}
