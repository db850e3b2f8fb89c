// Code: a card with a token's alternatives and its concepts, by mouse and by keyboard; concepts and their list light up together.
// A block of code is one stop of the Tab key; the arrow keys walk its tokens.

const card = el('div', {class: 'card', role: 'tooltip', id: 'card', hidden: true});

// "written: 31.0 % · \"x\"" and "31.0 % · \"x\"" of the title that was there without a script.
function alternativeRow(line) {
  const match = /^(written: )?(< )?([\d.]+) % · ([^]*)$/.exec(line);
  if (!match) return el('tr', {}, el('td', {colspan: 3}, line));
  return el('tr', {class: match[1] ? 'written' : null}, el('td', {class: 'number'}, `${match[2] || ''}${match[3]} %`),
    el('td', {class: 'chance'}, el('span', {style: `width:${Math.min(100, Number(match[3]))}%`})), el('td', {}, el('code', {}, match[4]), match[1] ? ' written' : ''));
}

function placeCard(target) {
  card.hidden = false;
  const at = target.getBoundingClientRect(), size = card.getBoundingClientRect();
  const below = at.bottom + size.height + 10 < window.innerHeight;
  card.style.left = Math.max(6, Math.min(at.left, document.documentElement.clientWidth - size.width - 6)) + window.scrollX + 'px';
  card.style.top = (below ? at.bottom + 6 : at.top - size.height - 6) + window.scrollY + 'px';
}

function bindCode(table) {
  const rows = new Map(), pieces = new Map();
  const list = table.closest('article');
  if (list) for (const row of all('.concepts [data-concept]', list)) rows.set(row.dataset.concept, row);
  for (const piece of all('[data-token]', table)) {
    const token = piece.dataset.token;
    if (!pieces.has(token)) pieces.set(token, []);
    pieces.get(token).push(piece);
    piece.dataset.alternatives = piece.title;
    piece.removeAttribute('title');
  }
  const light = names => {
    for (const [name, row] of rows) row.classList.toggle('lit', names.includes(name));
    for (const piece of all('.concept', table)) piece.classList.toggle('lit', names.some(name => piece.dataset.concepts.split(' ').includes(name)));
  };
  const hide = () => {
    card.hidden = true;
    for (const piece of all('.chosen', table)) { piece.classList.remove('chosen'); piece.removeAttribute('aria-describedby'); }
    light([]);
  };
  const show = piece => {
    hide();
    const together = pieces.get(piece.dataset.token) || [piece];
    for (const part of together) if (piece.dataset.token) part.classList.add('chosen');
    piece.setAttribute('aria-describedby', 'card');
    const concepts = (piece.dataset.concepts || '').split(' ').filter(name => rows.has(name));
    const lines = piece.dataset.alternatives ? piece.dataset.alternatives.split('\n') : [];
    card.replaceChildren(...concepts.map(name => el('p', {}, el('sup', {class: 'mark'}, name), rows.get(name).cells[2].textContent)),
      ...(lines.length > 0 ? [el('table', {}, el('tbody', {}, lines.map(alternativeRow)))] : []));
    light(concepts);
    placeCard(piece);
  };
  // A token is one stop, or one for each decision site in it.
  const stops = [...pieces.values()].flatMap(parts => { const sites = parts.filter(part => part.classList.contains('site')); return sites.length > 0 ? sites : [parts[0]]; });
  stops.forEach((stop, index) => {
    stop.tabIndex = index === 0 ? 0 : -1;
    stop.addEventListener('focus', () => { for (const other of stops) other.tabIndex = other === stop ? 0 : -1; show(stop); });
    stop.addEventListener('blur', hide);
    stop.addEventListener('keydown', event => {
      const next = {ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: stops.length - 1}[event.key];
      if (event.key === 'Escape') hide();
      if (next === undefined || !stops[next]) return;
      event.preventDefault();
      stops[next].focus();
    });
  });
  table.addEventListener('mouseover', event => { const piece = event.target.closest('[data-token], [data-concepts]'); if (piece) show(piece); });
  table.addEventListener('mouseleave', hide);
  table.addEventListener('click', event => { const piece = event.target.closest('[data-token]'); if (piece) show(piece); });
  for (const [name, row] of rows) {
    row.addEventListener('mouseenter', () => light([name]));
    row.addEventListener('mouseleave', () => light([]));
  }
  const caption = list && list.querySelector('figcaption');
  if (caption && stops.length > 0) caption.append(' Point at a token for its alternatives, or Tab to the code and walk with ← and →.');
}
