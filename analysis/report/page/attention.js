// Attention patterns of the listed inputs: a small picture of every head, and the chosen one large with its tokens. Rows attend to columns.

const kCell = 30;

function patternAt(view) {
  const layers = data.patterns[list(view.hypothesis.attention)[view.input]];
  const rows = layers && layers[view.head[0]] && layers[view.head[0]][view.head[1]];
  return Array.isArray(rows) ? rows : null;
}
const weight = (rows, r, c) => (c < rows[r].length ? rows[r][c] / 1000 : 0);

function thumbnail(rows) {
  const size = rows.length, scale = Math.max(1, Math.floor(48 / size));
  const canvas = el('canvas', {width: size * scale, height: size * scale, 'aria-hidden': 'true'});
  const context = canvas.getContext('2d');
  rows.forEach((row, r) => row.forEach((value, c) => {
    context.fillStyle = `rgba(64, 128, 224, ${value / 1000})`;
    context.fillRect(c * scale, r * scale, scale, scale);
  }));
  return canvas;
}

// Places where an aligned variable was swapped, as token indices of this input.
function alignedPlaces(view, input, alignments) {
  const places = new Map();
  for (const alignment of alignments.values())
    for (const at of list(isObject(input.positions) ? input.positions[alignment.position] : null)) places.set(at, [...(places.get(at) || []), alignment.id]);
  return places;
}

function heatMap(rows, input, view, places, readout) {
  const symbols = list(input.symbols), size = rows.length, longest = Math.max(1, ...symbols.map(s => s.length));
  const margin = Math.min(110, 14 + 7.5 * longest), side = margin + size * kCell;
  const label = i => (symbols[i] === undefined ? String(i) : symbols[i]);
  const drawing = svg('svg', {viewBox: `0 0 ${side + 4} ${side + 4}`, width: side + 4, height: side + 4, tabindex: '0', role: 'img',
    'aria-label': `attention of head ${view.head[0]}.${view.head[1]}, ${size} tokens; arrow keys move over the cells`});
  for (let i = 0; i < size; ++i) {
    const ids = list(places.get(i)), lit = ids.some(id => view.variables.has(id));
    const kind = 'label' + (ids.length > 0 ? ' aligned' : '') + (lit ? ' lit' : '');
    const at = margin + (i + 0.5) * kCell;
    const title = ids.length > 0 ? `${label(i)}, position ${i}: ${ids.join(', ')}` : `${label(i)}, position ${i}`;
    drawing.append(svg('text', {x: margin - 6, y: at + 4, 'text-anchor': 'end', class: kind}, svg('title', {}, title), shortened(label(i), 12)),
      svg('text', {transform: `translate(${at + 4} ${margin - 6}) rotate(-90)`, class: kind}, svg('title', {}, title), shortened(label(i), 12)));
  }
  const cursor = svg('rect', {class: 'cursor', width: kCell, height: kCell, visibility: 'hidden'});
  const show = (r, c) => {
    cursor.setAttribute('x', margin + c * kCell);
    cursor.setAttribute('y', margin + r * kCell);
    cursor.setAttribute('visibility', 'visible');
    readout.textContent = `${label(r)} (${r}) attends to ${label(c)} (${c}): ${weight(rows, r, c).toFixed(3)}`;
  };
  for (let r = 0; r < size; ++r)
    for (let c = 0; c < size; ++c) {
      if (c > r && weight(rows, r, c) === 0) continue;
      const value = weight(rows, r, c);
      const cell = svg('rect', {x: margin + c * kCell, y: margin + r * kCell, width: kCell - 1, height: kCell - 1, class: 'cell', 'fill-opacity': value.toFixed(3)});
      cell.addEventListener('mouseenter', () => show(r, c));
      drawing.append(svg('rect', {x: margin + c * kCell, y: margin + r * kCell, width: kCell - 1, height: kCell - 1, class: 'ground'}), cell);
      if (size <= 16 && value >= 0.01)
        drawing.append(svg('text', {x: margin + (c + 0.5) * kCell - 0.5, y: margin + (r + 0.5) * kCell + 3, 'text-anchor': 'middle', class: 'value' + (value > 0.55 ? ' strong' : '')}, value.toFixed(2).replace(/^0/, '')));
    }
  drawing.append(cursor);
  let at = [size - 1, 0];
  drawing.addEventListener('keydown', event => {
    const move = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    if (!move) return;
    event.preventDefault();
    at = [Math.min(size - 1, Math.max(0, at[0] + move[0])), Math.min(size - 1, Math.max(0, at[1] + move[1]))];
    show(at[0], at[1]);
  });
  return drawing;
}

function attentionPanel(view, alignments) {
  if (!list(view.hypothesis.attention).some(index => index !== null && list(data.patterns[index]).length > 0)) return null;
  const heads = el('div', {class: 'heads', role: 'group', 'aria-label': 'attention heads'});
  const picture = el('div', {class: 'scroll drawing'});
  const readout = el('p', {class: 'spoken', role: 'status'});
  const title = el('figcaption', {});
  let drawnInput = -1;
  view.onChange(() => {
    const input = list(view.hypothesis.inputs)[view.input];
    const layers = list(data.patterns[list(view.hypothesis.attention)[view.input]]);
    if (drawnInput !== view.input) {
      drawnInput = view.input;
      heads.replaceChildren(...layers.flatMap((inLayer, layer) => list(inLayer).map((rows, head) => {
        if (!Array.isArray(rows)) return el('span', {});
        const button = el('button', {type: 'button', 'data-head': `${layer}.${head}`, title: `head a${layer}.h${head}`}, thumbnail(rows), el('span', {}, `a${layer}.h${head}`));
        button.addEventListener('click', () => { view.head = [layer, head]; view.choose([], [`a${layer}.h${head}`]); });
        return button;
      })));
    }
    for (const button of heads.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.head === view.head.join('.')));
    const rows = patternAt(view);
    title.textContent = `Attention of a${view.head[0]}.h${view.head[1]} on ${input ? input.text : ''}: each row attends to its columns`;
    readout.textContent = rows ? 'Move over a cell, or focus the picture and use the arrow keys.' : '';
    picture.replaceChildren(rows ? heatMap(rows, input, view, alignedPlaces(view, input, alignments), readout) : 'No pattern was recorded for this head on this input.');
  });
  return el('figure', {class: 'panel attention'}, title, heads, picture, readout);
}
