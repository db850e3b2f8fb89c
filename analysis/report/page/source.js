// The program with line numbers; aligned variables are buttons, and their values on the chosen input stand beside their program point.

// "add.after_units.carry[2]" -> function, label, variable
function programPoint(text) {
  const parts = String(text || '').replace(/\[.*$/, '').split('.');
  return {name: parts[parts.length - 1], label: parts.length > 2 ? parts[parts.length - 2] : null};
}

function alignmentsOf(hypothesis) {
  const found = new Map();
  for (const [id, alignment] of entries(hypothesis.alignments)) if (isObject(alignment)) found.set(id, {id, ...alignment, ...{point: programPoint(alignment.variable)}});
  for (const input of list(hypothesis.inputs))
    for (const id of Object.keys(isObject(input.variables) ? input.variables : {})) if (!found.has(id)) found.set(id, {id, variable: id, point: programPoint(id)});
  return found;
}

function valuesOf(input, id) {
  return input && isObject(input.variables) ? list(input.variables[id]).map(o => number(isObject(o) ? o.value : o)) : [];
}

const kKeywords = new Set(('auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed ' +
  'sizeof static struct switch typedef union unsigned void volatile while bool class namespace template using').split(' '));

// Enough of C to colour it: comments, contracts, strings, numbers, words. State `inComment` crosses lines.
function tokens(line, state) {
  const found = [];
  let rest = line;
  const take = (length, kind) => { found.push([kind, rest.slice(0, length)]); rest = rest.slice(length); };
  while (rest.length > 0) {
    let match;
    if (state.inComment) {
      const end = rest.indexOf('*/');
      state.inComment = end < 0;
      take(end < 0 ? rest.length : end + 2, 'comment');
    } else if (rest.startsWith('/*')) { state.inComment = true; take(2, 'comment'); }
    else if (rest.startsWith('//@')) take(rest.length, 'contract');
    else if (rest.startsWith('//')) take(rest.length, 'comment');
    else if ((match = /^"(?:[^"\\]|\\.)*"?|^'(?:[^'\\]|\\.)*'?/.exec(rest))) take(match[0].length, 'literal');
    else if ((match = /^[A-Za-z_]\w*/.exec(rest))) take(match[0].length, kKeywords.has(match[0]) ? 'keyword' : 'word');
    else if ((match = /^\d[\w.]*/.exec(rest))) take(match[0].length, 'literal');
    else if ((match = /^\s+|^#\s*\w+/.exec(rest))) take(match[0].length, match[0].trim() ? 'keyword' : 'space');
    else take(1, 'other');
  }
  return found;
}

function sourceLine(text, state, variablesHere, view) {
  const code = el('code', {});
  for (const [kind, part] of tokens(text, state)) {
    const ids = kind === 'word' ? variablesHere.get(part) : undefined;
    if (ids) {
      const button = el('button', {type: 'button', class: 'variable', 'data-ids': ids.join(' '), title: 'show where ' + part + ' sits in the network'}, part);
      button.addEventListener('click', () => view.choose(ids, []));
      code.append(button);
    } else if (kind === 'word' || kind === 'space' || kind === 'other') code.append(part);
    else code.append(el('span', {class: kind}, part));
  }
  return code;
}

// Before a line: the part of the graph that carries it, as far as a comment or an aligned variable names it.
function carrierButton(link, view) {
  const nodes = list(link.nodes), short = [...new Set(nodes.map(name => name.replace(/@.*/, '')))];
  const button = el('button', {type: 'button', class: 'carrier', title: `carried by ${nodes.join(', ')}; named by ${link.comment ? 'the comment' : list(link.alignments).join(', ')}`,
    hidden: nodes.length === 0}, short.slice(0, 3).join(', ') + (short.length > 3 ? ` + ${short.length - 3}` : ''));
  button.addEventListener('click', () => view.choose([], nodes));
  return button;
}

// Lines of the function at hand; the rest of the file on demand.
function sourcePanel(title, code, view, alignments) {
  const range = isObject(code.range) ? code.range : {};
  const lines = String(code.source || '').split('\n');
  if (lines.length > 1 && lines[lines.length - 1] === '') lines.pop();
  const first = Math.max(1, range.line || 1), last = Math.min(lines.length, range.end_line || lines.length);
  const variablesHere = new Map();
  for (const alignment of alignments.values()) variablesHere.set(alignment.point.name, (variablesHere.get(alignment.point.name) || []).concat(alignment.id));
  const labelLines = new Map();
  for (const label of list(code.labels)) if (isObject(label) && isObject(label.range)) labelLines.set(label.name, label.range.line);

  const body = el('tbody', {});
  const state = {inComment: false};
  const notes = [], carried = [], links = list(code.links);
  lines.forEach((text, index) => {
    const line = index + 1, inside = line >= first && line <= last;
    const cell = el('td', {}, sourceLine(text, state, inside ? variablesHere : new Map(), view));
    for (const alignment of alignments.values()) {
      const at = labelLines.get(alignment.point.label) || first;
      if (at !== line) continue;
      const note = el('span', {class: 'values', 'data-ids': alignment.id});
      notes.push([note, alignment]);
      cell.append(' ', note);
    }
    const link = links.find(found => found.line === line), button = link ? carrierButton(link, view) : null;
    const row = el('tr', {class: inside ? null : 'outside', hidden: !inside}, el('th', {scope: 'row'}, line), links.length > 0 ? el('td', {class: 'carriers'}, button) : null, cell);
    if (link) carried.push([row, link, button]);
    body.append(row);
  });
  const panel = el('figure', {class: 'panel source'},
    el('figcaption', {}, title + ' ', el('code', {}, `${code.function || ''} in ${code.file || ''}`)),
    el('div', {class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': title + ' source'}, el('table', {}, body)));
  const hidden = body.querySelectorAll('tr.outside');
  if (hidden.length > 0) {
    const more = el('button', {type: 'button', 'aria-pressed': 'false'}, `show the ${hidden.length} other lines of the file`);
    more.addEventListener('click', () => {
      const show = more.getAttribute('aria-pressed') !== 'true';
      more.setAttribute('aria-pressed', String(show));
      more.textContent = show ? 'show the function only' : `show the ${hidden.length} other lines of the file`;
      for (const row of hidden) row.hidden = !show;
    });
    panel.append(more);
  }
  view.onChange(() => {
    for (const [note, alignment] of notes) {
      const values = valuesOf(list(view.hypothesis.inputs)[view.input], alignment.id);
      note.textContent = values.length > 0 ? `${alignment.point.name} = ${values.join(', ')}` : '';
    }
    for (const node of panel.querySelectorAll('[data-ids]')) node.classList.toggle('lit', node.dataset.ids.split(' ').some(id => view.variables.has(id)));
    for (const [row, link, button] of carried) {
      const lit = list(link.alignments).some(id => view.variables.has(id)) || list(link.nodes).some(name => view.nodes.has(name));
      row.classList.toggle('carried', lit);
      button.setAttribute('aria-pressed', String(lit));
    }
  });
  return panel;
}

// The listed inputs with the values of the aligned variables; choosing one changes source and attention.
function inputsPanel(view, alignments) {
  const inputs = list(view.hypothesis.inputs);
  if (inputs.length === 0) return null;
  const name = 'input-' + view.number;
  const rows = inputs.map((input, index) => {
    const radio = el('input', {type: 'radio', name, id: `${name}-${index}`, checked: index === view.input});
    radio.addEventListener('change', () => { view.input = index; view.changed(); });
    return el('tr', {},
      el('th', {scope: 'row'}, radio, el('label', {for: `${name}-${index}`}, el('code', {}, input.text))),
      el('td', {class: input.network_answer === input.program_answer ? null : 'bad'}, el('code', {}, input.network_answer)), el('td', {}, el('code', {}, input.program_answer)),
      ...[...alignments.keys()].map(id => el('td', {'data-ids': id}, el('code', {}, valuesOf(input, id).join(', ') || '–'))));
  });
  const panel = el('figure', {class: 'panel inputs'}, el('figcaption', {}, alignments.size > 0 ? 'Listed inputs, and the values of the aligned variables at each visit of their program point' : 'Listed inputs'),
    el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'input'), el('th', {scope: 'col'}, 'network'), el('th', {scope: 'col'}, 'program'),
      ...[...alignments.keys()].map(id => el('th', {scope: 'col', 'data-ids': id}, id)))), el('tbody', {}, rows))));
  view.onChange(() => {
    for (const node of panel.querySelectorAll('[data-ids]')) node.classList.toggle('lit', view.variables.has(node.dataset.ids));
  });
  return panel;
}
