/** Figure 3 of the paper with our numbers, as the text of an SVG: bars of the seconds per epoch, ASF-BP beside Lee et al. 2020. */

const [left, width, bar, gap] = [84, 640, 20, 18];

/**
 * @param rows { timeWindow, asf, lee } in seconds
 * @param shown number of rows with bars; other rows stay empty
 */
export function times(rows, shown) {
  const most = Math.max(...rows.map(({ lee }) => lee));
  const room = width - left - 170;
  const parts = rows.slice(0, shown).flatMap(({ timeWindow, asf, lee }, k) => {
    const top = k * (2 * bar + gap) + 4;
    const long = (value) => Number(((room * value) / most).toFixed(1));
    const ends = [
      ['asf', asf, `${words(asf)}`, top],
      ['lee', lee, `${words(lee)}, ${(lee / asf).toFixed(1)} ×`, top + bar + 2],
    ];
    return [
      `<text class="word" x="${left - 12}" y="${top + bar + 6}" text-anchor="end">T = ${timeWindow}</text>`,
      ...ends.flatMap(([name, value, text, y]) => [
        `<rect class="${name}" x="${left}" y="${y}" width="${long(value)}" height="${bar}"/>`,
        `<text class="${name === 'asf' ? 'word strong' : 'word'}" x="${left + long(value) + 8}" y="${y + 15}">${
          k === 0 ? `${name === 'asf' ? 'ASF-BP' : 'Lee et al.'} ` : ''
        }${text}</text>`,
      ]),
    ];
  });
  return { width, height: rows.length * (2 * bar + gap) - gap + 8, text: parts.join('') };
}

const words = (seconds) =>
  seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
