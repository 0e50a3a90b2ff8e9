/** The style sheet of a page: plain, of readable width, light or dark by the reader's preference, and printable. */

export const css = `:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5c5c5c; --line: #d6d6d6; --shade: #f4f4f2; --page: #fff; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e4; --soft: #a3a3a3; --line: #3c3c3c; --page: #131619; --shade: #1d2126; --link: #7db7f0; }
  /* Inverts figures and spikes, which are drawn on white; the rotation restores their hues. */
  .plot img { filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 14px 20px 64px; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .75rem; }
h2 span { display: block; color: var(--soft); font-size: 1rem; font-weight: normal; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p { max-width: 72ch; margin: .5rem 0; }
a { color: var(--link); }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; }
.note { color: var(--soft); font-size: .9rem; }
nav ul { list-style: none; margin: .5rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
code, pre { font: .875rem/1.45 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; unicode-bidi: isolate; }
pre { margin: .5rem 0; padding: .6rem .8rem; background: var(--shade); border-radius: 4px; }
.command { white-space: pre-wrap; }
.command span { display: inline-block; max-width: 100%; }
.block { overflow-x: auto; overflow-wrap: normal; line-height: 1.3; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .5rem 1.5rem; margin: 1rem 0; }
dl > div:first-child { grid-column: 1 / -1; }
dt { color: var(--soft); font-size: .8rem; line-height: 1.3; }
dd { margin: 0; }
.table { margin: 1rem 0; }
/* A shadow at each side to which the table can scroll. */
.scroll { overflow-x: auto; max-width: 100%; background: linear-gradient(to right, var(--page) 1rem, transparent 2rem) local, linear-gradient(to left, var(--page) 1rem, transparent 2rem) local, linear-gradient(to right, var(--line), transparent .75rem), linear-gradient(to left, var(--line), transparent .75rem); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { text-align: left; font-weight: normal; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--soft); font-size: .8rem; vertical-align: bottom; }
.number { text-align: right; }
.own > * { font-weight: 600; background: var(--shade); }
summary { cursor: pointer; color: var(--link); }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; font-weight: 600; margin-bottom: .15rem; }
figcaption span { font-weight: normal; color: var(--soft); }
.plot { overflow-x: auto; }
.plot img { max-width: 100%; height: auto; }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.25rem 2rem; margin: 1rem 0; }
.curves img { width: 100%; }
.wide { margin: 1rem 0; }
.wide img { max-width: max(100%, 30rem); }
.fitted img { max-width: 100%; }
.sample { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 1rem 1.5rem; margin-top: .75rem; }
.layers { display: grid; gap: .6rem; min-width: 0; }
img { display: block; }
.image img, .strip img { width: 100%; image-rendering: pixelated; }
.image img { height: auto; border: 1px solid var(--line); }
.strip { border: 1px solid #888; line-height: 0; }
.strip img { height: calc(max(var(--rows) * 1px, min(var(--rows) * 6px, 60px))); }
.raster { display: grid; grid-template-columns: 2.75rem minmax(0, 1fr); gap: .1rem .35rem; }
.axis { display: flex; flex-direction: column; justify-content: space-between; align-items: end; color: var(--soft); font-size: .75rem; line-height: 1; }
.across { grid-column: 2; flex-direction: row; align-items: start; }
@media (max-width: 640px) {
  main { padding: 16px 14px 48px; }
  .sample { grid-template-columns: minmax(0, 1fr); }
  .image img { width: 7rem; }
}
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  nav, summary { display: none; }
  /* Printed details are open, except the numbers of all epochs, which are wider than the paper. */
  section > details::details-content { content-visibility: visible; }
  h2, h3, .command, figcaption { break-after: avoid; }
  .sample, .layers { display: block; }
  .image img { width: 7rem; }
  .curves { grid-template-columns: 1fr 1fr; }
  .scroll, .plot { overflow: visible; }
  h2, figure, tr, .command { break-inside: avoid; }
}
`;
