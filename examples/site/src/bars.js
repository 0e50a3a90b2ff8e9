/** Potentials of the classes as bars around zero. */
import { html } from './html.js';

/**
 * @param most the greatest magnitude of the whole window, so that bars grow from step to step
 * @param lead potential by which a class must lead to be the answer
 */
export function Bars({ potentials, most, lead }) {
  const leader = potentials.indexOf(Math.max(...potentials));
  return html`<table class="bars">
    <caption>
      Potential u of each class${' '}
      <span class="quiet"
        >the spikes of the layer before push it up or down; the class that leads by ${lead} is the
        answer</span
      >
    </caption>
    <tbody>
      ${potentials.map((u, label) => {
        const share = (50 * Math.abs(u)) / most;
        const style = `inline-size:${share}%;margin-inline-start:${u < 0 ? 50 - share : 50}%`;
        return html`<tr class=${label === leader ? 'leads' : ''}>
          <th scope="row">${label}</th>
          <td><div class=${u < 0 ? 'below' : 'above'} style=${style}></div></td>
          <td class="number">${u.toFixed(1).replace('-0.0', '0.0')}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
