/** Potentials of the classes as bars around zero. */
import { html } from './html.js';

/** @param most the greatest magnitude of the whole window, so that bars grow from step to step */
export function Bars({ potentials, most }) {
  return html`<table class="bars">
    <caption>
      Potential u of each class
    </caption>
    <tbody>
      ${potentials.map((u, label) => {
        const share = (50 * Math.abs(u)) / most;
        const style = `inline-size:${share}%;margin-inline-start:${u < 0 ? 50 - share : 50}%`;
        return html`<tr>
          <th scope="row">${label}</th>
          <td><div class=${u < 0 ? 'below' : 'above'} style=${style}></div></td>
          <td class="number">${u.toFixed(1).replace('-0.0', '0.0')}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
