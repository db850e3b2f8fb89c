// What the chosen head looks at, drawn onto the code: tokens shaded and labelled, and arcs from the position that looks.

const kMostArcs = 8, kLeastShown = 0.03, kLeastLabelled = 0.1;

const entriesOf = (prompt, head) => (prompt.attention && Array.isArray(prompt.attention.rows[head]) ? prompt.attention.rows[head] : null);
const strongest = entries => [...entries].sort((a, b) => b[1] - a[1]);

function headNumber(view) {
  const node = view.nodes.size === 1 ? [...view.nodes][0] : null;
  const found = data.heads.findIndex(head => head.node === node);
  return found >= 0 ? found : view.lastHead;
}

function lineOf(sides, token) {
  const part = sides.querySelector(`[data-p="${token}"]`);
  return part ? part.closest('tr').querySelector('th').textContent : '?';
}

function headChip(view, number) {
  const head = data.heads[number];
  const chip = el('button', {type: 'button', class: 'chip small head', 'data-head': number}, el('strong', {}, head.node), el('span', {class: 'quiet'}));
  chip.addEventListener('click', () => { view.lastHead = number; view.choose([], [head.node]); });
  return chip;
}

function attentionPanel(view) {
  if (data.heads.length === 0) {
    const why = data.hypothesis ? 'the result has no attention rows: `assay verify` records them for a hypothesis about prompts that has a [circuit] or aligns a query, pattern or output of a head'
      : 'give the result.json of `assay verify` for a hypothesis about this task, with a [circuit] or aligned heads';
    return [el('h2', {}, 'Attention'), el('p', {class: 'note'}, 'No head can be shown: ', why, '.')];
  }
  const few = 10;
  const chips = data.heads.map((_, number) => headChip(view, number));
  const rest = chips.slice(few);
  const more = el('button', {type: 'button', 'aria-expanded': 'false', hidden: rest.length === 0}, `all ${chips.length} heads`);
  const show = open => {
    more.setAttribute('aria-expanded', String(open));
    more.textContent = open ? 'fewer heads' : `all ${chips.length} heads`;
    for (const chip of rest) chip.hidden = !open && chip.getAttribute('aria-pressed') !== 'true';
  };
  more.addEventListener('click', () => show(more.getAttribute('aria-expanded') !== 'true'));
  const readout = el('p', {class: 'spoken', role: 'status'});
  view.onChange(() => {
    const chosen = headNumber(view), prompt = data.prompts[view.prompt];
    for (const chip of chips) {
      const entries = entriesOf(prompt, Number(chip.dataset.head));
      const top = entries && strongest(entries)[0];
      chip.setAttribute('aria-pressed', String(Number(chip.dataset.head) === chosen));
      chip.lastChild.textContent = top ? `${quoted(prompt.pieces[top[0]])} ${percent(top[1])}` : 'not recorded here';
    }
    show(more.getAttribute('aria-expanded') === 'true');
  });
  view.readout = readout;
  return [el('h2', {}, 'What the circuit’s heads look at'),
    el('div', {class: 'chips', role: 'group', 'aria-label': 'heads of the circuit, aligned and strongest first'}, chips, more), readout];
}

function describe(view, prompt, number, entries, sides) {
  const head = data.heads[number];
  if (!prompt.attention) return 'No attention was recorded for this prompt: it is none of those of the verified hypothesis.';
  if (!entries) return `${head.node}: this prompt has no position ${head.position}.`;
  const words = strongest(entries).filter(entry => entry[1] >= kLeastShown).slice(0, 5).map(([token, weight]) => `${quoted(prompt.pieces[token])} of line ${lineOf(sides, token)}, ${percent(weight)}`);
  const from = prompt.attention.positions[head.position];
  return `${head.node} looks from ${quoted(prompt.pieces[from])}, line ${lineOf(sides, from)}${head.position === 'site' || head.position === 'last' ? ' (where the token behind it is decided)' : ''}, at ${words.join('; ')}.`;
}

function arc(from, to, box, weight) {
  const x1 = from.left + from.width / 2 - box.left, y1 = from.top + from.height / 2 - box.top, x2 = to.left + to.width / 2 - box.left, y2 = to.top + to.height / 2 - box.top;
  const lift = Math.min(90, 24 + 0.18 * Math.hypot(x2 - x1, y2 - y1));
  const path = `M${x1.toFixed(1)},${y1.toFixed(1)} C${(x1 + (x2 - x1) / 3).toFixed(1)},${(y1 - lift).toFixed(1)} ${(x2 + (x1 - x2) / 4).toFixed(1)},${(y2 - lift).toFixed(1)} ${x2.toFixed(1)},${(y2 - to.height / 2).toFixed(1)}`;
  return svg('path', {d: path, class: 'arc', 'stroke-width': (1 + 3.5 * weight).toFixed(2), 'stroke-opacity': (0.35 + 0.5 * weight).toFixed(2)});
}

// Shades the tokens of `sides` by the chosen head; drawn again when the window changes.
function drawAttention(view, sides) {
  const prompt = data.prompts[view.prompt], number = headNumber(view), arcs = sides.querySelector('.arcs');
  for (const part of sides.querySelectorAll('.seen, .looks')) {
    part.classList.remove('seen', 'looks');
    part.removeAttribute('data-weight');
    part.style.removeProperty('--weight');
  }
  arcs.replaceChildren();
  if (data.heads.length === 0) return;
  const entries = entriesOf(prompt, number);
  view.readout.textContent = describe(view, prompt, number, entries, sides);
  if (!entries) return;
  const box = sides.getBoundingClientRect();
  const origin = sides.querySelector(`[data-p="${prompt.attention.positions[data.heads[number].position]}"]`);
  if (origin) origin.classList.add('looks');
  const shown = new Set(strongest(entries).filter(entry => entry[1] >= kLeastShown).slice(0, kMostArcs).map(entry => entry[0]));
  for (const [token, weight] of entries) {
    const parts = [...sides.querySelectorAll(`[data-p="${token}"]`)];
    for (const part of parts) { part.classList.add('seen'); part.style.setProperty('--weight', weight); }
    const target = parts.find(part => part.textContent.trim() && !part.classList.contains('end')) || parts[0];
    if (!target || !shown.has(token)) continue;
    if (weight >= kLeastLabelled) target.dataset.weight = Math.round(100 * weight) + ' %';
    if (origin && target !== origin) arcs.append(arc(origin.getBoundingClientRect(), target.getBoundingClientRect(), box, weight));
  }
}
