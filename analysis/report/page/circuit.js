// The circuit as drawn by Graphviz. A head or an MLP is a node; a site of the residual stream is a dashed line between two layers,
// because whatever crosses it goes through that site.

// What an aligned variable's site stands for: its nodes, which the document names, or a cut. Rows are numbered as in circuit_layout.h.
function siteTarget(alignment) {
  const match = /^resid_(pre|mid)\.(\d+)$/.exec(alignment.site || '');
  if (match) return {cut: 2 * Number(match[2]) + (match[1] === 'pre' ? 1 : 2)};
  return alignment.site === 'resid_final' ? {cut: Infinity} : {nodes: list(alignment.nodes)};
}

function rankOf(name) {
  const match = /^(a|m)(\d+)/.exec(name);
  return name.startsWith('input') ? 0 : match ? 2 * Number(match[2]) + (match[1] === 'a' ? 1 : 2) : Infinity;
}
const crosses = (edge, cut) => rankOf(edge.from) < cut && rankOf(edge.to) >= cut;

// Height of a cut: between the last row before it and the first row behind it.
function cutHeight(layout, cut) {
  const before = layout.rows.filter(row => row.rank < cut && row.rank !== layout.rows[layout.rows.length - 1].rank).map(row => row.y);
  const behind = layout.rows.filter(row => !(row.rank < cut) || row === layout.rows[layout.rows.length - 1]).map(row => row.y);
  if (before.length === 0) return layout.height - 4;
  return behind.length === 0 ? 4 : (Math.min(...before) + Math.max(...behind)) / 2;
}

// Where spans are columns their names stand below and above them, and a node's name needs none.
const shownName = (name, layout) => (list(layout.columns).length > 0 ? name.replace(/@.*/, '') : name);
const columnShapes = layout => list(layout.columns).flatMap((column, index) => [
  svg('rect', {x: column.x - column.width / 2 - 12, y: -30, width: column.width + 24, height: layout.height + 60, class: index % 2 ? 'column odd' : 'column'}),
  ...[-16, layout.height + 22].map(y => svg('text', {x: column.x, y, 'text-anchor': 'middle', class: 'span'}, column.span))]);

const shortened = (text, most) => (text.length > most ? text.slice(0, most - 1) + '…' : text);

function edgeText(edge) {
  const inputs = list(edge.inputs).map(([input, score]) => `${input ? '<' + input + '>' : ''}${score === null ? '' : ' ' + number(score)}`.trim()).filter(Boolean);
  return `${edge.from}->${edge.to}${inputs.length > 0 ? ': ' + inputs.join(', ') : ''}`;
}

function drawEdge(edge, most, view, showScore) {
  const width = most > 0 && edge.score !== null ? 1 + 3.5 * Math.abs(edge.score) / most : 1.4;
  const group = svg('g', {class: 'edge' + (edge.score < 0 ? ' negative' : '')}, svg('title', {}, edgeText(edge)), svg('path', {d: edge.path, class: 'reach'}),
    svg('path', {d: edge.path, class: 'line', 'stroke-width': width.toFixed(2)}));
  if (showScore && edge.score !== null) group.append(svg('text', {x: edge.x, y: edge.y, class: 'score'}, number(edge.score)));
  group.addEventListener('click', () => view.choose([], [edge.from, edge.to]));
  return group;
}

function circuitCaption(circuit, layout) {
  if (!isObject(circuit)) return 'No claim about a circuit: nodes of the network and the sites of the aligned variables';
  const facts = [`Circuit: ${number(layout.edges_total)} of ${number(circuit.graph_edges)} edges`, circuit.method === 'stated' ? 'read from a file' : circuit.method && 'found by ' + circuit.method, circuit.ablation && circuit.ablation + ' ablation',
    circuit.steps ? circuit.steps + ' steps' : null, typeof circuit.integration_residual === 'number' ? 'integration residual ' + number(circuit.integration_residual) : null,
    circuit.rescored_exactly ? 'kept edges rescored exactly' : null, circuit.metric && 'scores: ' + circuit.metric + (circuit.examples > 0 ? ', summed over ' + number(circuit.examples) + ' examples' : '')];
  return facts.filter(Boolean).join(', ');
}

function edgeTable(layout, view) {
  const rows = layout.edges.map(edge => {
    const row = el('tr', {}, el('td', {}, el('button', {type: 'button', click: () => view.choose([], [edge.from, edge.to])}, `${edge.from}->${edge.to}`)),
      el('td', {}, list(edge.inputs).map(([input]) => input || '–').join(' ')), el('td', {class: 'number'}, list(edge.inputs).map(([, score]) => number(score)).join(' ')));
    return row;
  });
  return el('details', {class: 'more'}, el('summary', {}, `Edges as a table (${layout.edges.length} lines)`),
    el('div', {class: 'scroll tall'}, el('table', {}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'edge'), el('th', {scope: 'col'}, 'input'), el('th', {scope: 'col'}, 'score'))), el('tbody', {}, rows))));
}

function circuitPanel(view, alignments) {
  const layout = data.layouts[view.hypothesis.layout];
  if (!isObject(layout)) return null;
  if (!layout.nodes) return el('p', {class: 'panel'}, 'The circuit cannot be shown: ' + layout.note);
  const targets = new Map();
  for (const alignment of alignments.values()) targets.set(alignment.id, siteTarget(alignment));
  const most = Math.max(0, ...layout.edges.map(edge => Math.abs(edge.score || 0)));
  const cuts = new Map();
  for (const [id, target] of targets) if (target.cut !== undefined) cuts.set(alignments.get(id).site, [...(cuts.get(alignments.get(id).site) || []), id]);
  const gutter = cuts.size > 0 ? 14 + 6.2 * Math.max(...[...cuts].map(([site, ids]) => Math.max(site.length, Math.min(24, ids.join(', ').length)))) : 0;
  const width = layout.width + gutter, columns = columnShapes(layout), margin = columns.length > 0 ? 30 : 0;
  const drawing = svg('svg', {viewBox: `${-gutter} ${-margin} ${width} ${layout.height + 2 * margin}`, style: `width: min(100%, ${Math.round(1.35 * width)}px); min-width: ${Math.round(0.7 * width)}px`, role: 'group',
    'aria-label': 'circuit, input at the bottom, logits on top'});
  drawing.append(...columns);
  for (const [site, ids] of cuts) {
    const y = cutHeight(layout, targets.get(ids[0]).cut);
    const line = svg('g', {class: 'cut', 'data-ids': ids.join(' ')}, svg('title', {}, `${site}: ${ids.join(', ')}`), svg('line', {x1: -gutter, x2: layout.width, y1: y, y2: y, class: 'reach'}),
      svg('line', {x1: -gutter, x2: layout.width, y1: y, y2: y, class: 'line'}), svg('text', {x: 4 - gutter, y: y - 5}, site), svg('text', {x: 4 - gutter, y: y + 12}, shortened(ids.join(', '), 24)));
    drawing.append(pressable(line, `site ${site}: ${ids.join(', ')}`, () => view.choose(ids, [])));
  }
  const edges = layout.edges.filter(edge => edge.path).map(edge => [edge, drawEdge(edge, most, view, layout.edges.length <= 24)]);
  for (const [, shape] of edges) drawing.append(shape);
  const shapes = layout.nodes.map(node => {
    const ids = [...targets].filter(([, target]) => list(target.nodes).includes(node.name)).map(([id]) => id);
    const shape = svg('g', {class: 'node' + (node.kept ? '' : ' idle') + (ids.length > 0 ? ' site' : '')}, svg('title', {}, ids.length > 0 ? `${node.name}: ${ids.join(', ')}` : node.name),
      svg('rect', {x: node.x - node.width / 2, y: node.y - 12, width: node.width, height: 24, rx: 5}), svg('text', {x: node.x, y: node.y + 4, 'text-anchor': 'middle'}, shownName(node.name, layout)));
    drawing.append(pressable(shape, `node ${node.name}${node.kept ? '' : ', not in the circuit'}${ids.length > 0 ? ', holds ' + ids.join(', ') : ''}`, () => {
      const head = /^a(\d+)\.h(\d+)(?:@|$)/.exec(node.name);
      if (head) view.head = [Number(head[1]), Number(head[2])];
      view.choose(ids, [node.name]);
    }));
    return [node, shape, ids];
  });
  const spoken = el('p', {class: 'spoken', role: 'status'});
  const panel = el('figure', {class: 'panel circuit' + (columns.length > 0 ? ' wide' : '')}, el('figcaption', {}, circuitCaption(view.hypothesis.circuit, layout)), el('div', {class: 'scroll drawing'}, drawing), spoken);
  if (layout.edges_left_out > 0) panel.append(el('p', {class: 'note'}, `${number(layout.edges_left_out)} of ${number(layout.edges_total)} edges are not drawn: only the ${layout.edges.length} lines of largest |score| are. The result file holds all.`));
  if (layout.edges.length > 0) panel.append(edgeTable(layout, view));

  view.onChange(() => {
    const chosen = [...view.variables].map(id => targets.get(id)).filter(Boolean);
    const nodes = new Set([...view.nodes, ...chosen.flatMap(target => list(target.nodes))]);
    const lit = edge => nodes.size === 2 && view.nodes.size === 2 ? view.nodes.has(edge.from) && view.nodes.has(edge.to)
      : nodes.has(edge.from) || nodes.has(edge.to) || chosen.some(target => target.cut !== undefined && crosses(edge, target.cut));
    const any = nodes.size > 0 || chosen.length > 0;
    drawing.classList.toggle('choosing', any);
    const told = [];
    for (const [edge, shape] of edges) {
      shape.classList.toggle('lit', lit(edge));
      if (any && lit(edge)) told.push(edgeText(edge));
    }
    for (const [node, shape] of shapes) {
      shape.classList.toggle('lit', nodes.has(node.name));
      shape.setAttribute('aria-pressed', String(nodes.has(node.name)));
    }
    for (const cut of drawing.querySelectorAll('.cut')) cut.classList.toggle('lit', cut.dataset.ids.split(' ').some(id => view.variables.has(id)));
    const sites = [...view.variables].map(id => alignments.get(id)).filter(Boolean).map(a => `${a.id} sits at ${a.site || 'no site'}${a.position ? ', position ' + a.position : ''}`);
    spoken.textContent = any ? [...sites, ...(nodes.size > 0 && sites.length === 0 ? [[...nodes].join(', ')] : []), ...(layout.edges.length === 0 ? [] : [`${told.length} edges${told.length > 0 && told.length <= 6 ? ': ' + told.join('; ') : ''}`])].join('. ')
      : alignments.size > 0 ? 'Choose a variable, a node or a site to see what belongs together.' : 'Choose a node to see its edges and its attention.';
  });
  return panel;
}
