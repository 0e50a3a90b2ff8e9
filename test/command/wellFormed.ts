/** A strict parser of the generated pages: every tag is closed, every attribute has double quotes, and all text is escaped. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const empty = new Set(['meta', 'img', 'br', 'hr']);
const tag = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/y;
const text = /(?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+/y;

/** All elements in their order, and the text between them. Throws if the page is not well-formed. */
export function parsePage(page: string): { elements: Element[]; text: string } {
  const start = '<!doctype html>';
  if (!page.startsWith(start)) throw new Error(`expected ${start}`);
  const elements: Element[] = [];
  const open: string[] = [];
  let words = '';
  let at = start.length;
  while (at < page.length) {
    tag.lastIndex = text.lastIndex = at;
    const found = tag.exec(page);
    const plain = found ? null : text.exec(page);
    if (!found && !plain) throw new Error(`not well-formed: ${page.slice(at, at + 80)}`);
    at += (found ?? plain)![0].length;
    if (plain) words += decode(plain[0]);
    if (!found) continue;
    const [, slash, name, attributes, ownEnd] = found as unknown as [string, string, string, string, string];
    if (slash) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}> at ${at}`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
      key,
      decode(value!),
    ]);
    elements.push({ name, attributes: Object.fromEntries(pairs) });
    if (ownEnd && !empty.has(name)) throw new Error(`<${name}/> in HTML at ${at}`);
    if (!ownEnd && !empty.has(name)) open.push(name);
    // A style sheet is not text. It ends at its end tag.
    if (name === 'style') at = page.indexOf('</style>', at);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return { elements, text: words };
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function decode(escaped: string): string {
  return escaped.replace(/&[^;]+;/g, (entity) => entities[entity] ?? entity);
}
