/** From a drawing to a digit as MNIST has them: 20 pixels high, its centre of mass in the middle of 28 × 28. */
const side = 28;
const box = 20;

/** The bytes of a drawing; undefined where nothing is drawn. */
export function digitFrom(canvas) {
  const { width, height } = canvas;
  const ink = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[4 * (y * width + x) + 3] < 32) continue;
      [left, right, top, bottom] = [
        Math.min(left, x),
        Math.max(right, x),
        Math.min(top, y),
        Math.max(bottom, y),
      ];
    }
  }
  if (right < 0) return undefined;
  const [wide, high] = [right - left + 1, bottom - top + 1];
  const scale = box / Math.max(wide, high);
  const size = [Math.max(1, wide * scale), Math.max(1, high * scale)];
  const draw = (x, y) => {
    const to = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
    to.imageSmoothingQuality = 'high';
    to.drawImage(canvas, left, top, wide, high, x, y, ...size);
    const { data } = to.getImageData(0, 0, side, side);
    return Uint8Array.from({ length: side * side }, (_, place) => data[4 * place + 3]);
  };
  const centred = draw((side - size[0]) / 2, (side - size[1]) / 2);
  let [sum, x, y] = [0, 0, 0];
  for (const [place, value] of centred.entries()) {
    sum += value;
    x += value * (place % side);
    y += value * Math.floor(place / side);
  }
  const middle = (side - 1) / 2;
  return draw(
    (side - size[0]) / 2 + Math.round(middle - x / sum),
    (side - size[1]) / 2 + Math.round(middle - y / sum),
  );
}
