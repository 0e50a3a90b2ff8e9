/** Colours of figures on a light and on a dark page. */

/** The colours that figures are drawn with. */
export const light: Readonly<Record<string, string>> = {
  blue: '#0b5cad',
  orange: '#d55e00',
  green: '#009e73',
  violet: '#7b3fa0',
  yellow: '#b8860b',
  grey: '#4d4d4d',
  'blue-2': '#2f77c0',
  'blue-3': '#5a93cc',
  'green-2': '#00805d',
  'green-3': '#2fa283',
  'orange-2': '#e3a25f',
  'yellow-2': '#8f6a00',
  black: 'black',
  'black-2': '#222',
  'grey-2': '#555',
  'grey-3': '#888',
  band: '#ccc',
  grid: '#ddd',
  ground: 'white',
};

export const dark: Readonly<Record<string, string>> = {
  blue: '#5cabf5',
  orange: '#ff8b3d',
  green: '#35c99b',
  violet: '#c08fe6',
  yellow: '#dfb23c',
  grey: '#b4b4b4',
  'blue-2': '#3d87d6',
  'blue-3': '#a9d3fb',
  'green-2': '#1f9c78',
  'green-3': '#7fe0bf',
  'orange-2': '#b5763a',
  'yellow-2': '#a98f4a',
  black: '#e4e4e4',
  'black-2': '#d4d4d4',
  'grey-2': '#b4b4b4',
  'grey-3': '#8a8f94',
  band: '#33383d',
  grid: '#33383d',
  ground: 'none',
};

/** `--blue: #0b5cad; …` */
export const variables = (shades: Readonly<Record<string, string>>): string =>
  Object.entries(shades)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ');

const names = new Map(Object.entries(light).map(([name, colour]) => [colour, name]));

/** Replaces the colours of an SVG tag by variables of the style sheet. */
export function shaded(tag: string): string {
  return tag.replace(/ (fill|stroke)="([^"]*)"/g, (whole, attribute: string, colour: string) => {
    const name = names.get(colour === '#000' ? 'black' : colour);
    return name === undefined ? whole : ` ${attribute}="var(--${name})"`;
  });
}
