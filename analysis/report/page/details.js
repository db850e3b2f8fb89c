// Details of a claim, whatever its kind: objects become lists, lists of objects tables, tallies one readable cell.

const isTally = value => isObject(value) && 'pairs' in value && 'agree' in value;

function tallyText(tally) {
  if (!tally.pairs) return 'no pairs';
  const interval = list(tally.interval95);
  return `${number(tally.rate)} (${number(tally.agree)} of ${number(tally.pairs)}${interval.length === 2 && tally.rate < 1 ? `, 95 % ${number(interval[0])} to ${number(interval[1])}` : ''})`;
}

function leaf(value) {
  if (isTally(value)) return tallyText(value);
  if (typeof value === 'number' || value === null) return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(leaf).join(', ');
  return String(value);
}
const isLeaf = value => !isObject(value) && !(Array.isArray(value) && value.some(isObject)) || isTally(value);

function tableOf(rows, firstColumn) {
  const columns = [];
  for (const row of rows) for (const key of Object.keys(row)) if (!columns.includes(key)) columns.push(key);
  const cell = value => (value === undefined ? '' : isLeaf(value) ? leaf(value) : renderValue(value));
  return el('div', {class: 'scroll' + (rows.length > 12 ? ' tall' : '')}, el('table', {},
    el('thead', {}, el('tr', {}, firstColumn ? el('th', {scope: 'col'}, '') : null, columns.map(c => el('th', {scope: 'col'}, words(c))))),
    el('tbody', {}, rows.map((row, i) => el('tr', {}, firstColumn ? el('th', {scope: 'row'}, words(firstColumn[i])) : null,
      columns.map(c => el('td', {class: typeof row[c] === 'number' ? 'number' : null}, c === 'grade' && row[c] ? badge(row[c]) : cell(row[c]))))))));
}

function renderValue(value) {
  if (isLeaf(value)) return document.createTextNode(leaf(value));
  if (Array.isArray(value)) return value.every(isObject) ? tableOf(value) : el('ul', {}, value.map(v => el('li', {}, renderValue(v))));
  const simple = entries(value).filter(([, v]) => isLeaf(v));
  const complex = entries(value).filter(([, v]) => !isLeaf(v));
  // Objects of one shape, for example one per ablation or per control, read best below each other.
  if (simple.length === 0 && complex.length > 1 && complex.every(([, v]) => isObject(v) && entries(v).every(([, inner]) => isLeaf(inner)))) return tableOf(complex.map(([, v]) => v), complex.map(([k]) => k));
  return el('div', {}, simple.length > 0 ? el('dl', {}, simple.map(([k, v]) => field(words(k), k === 'grade' ? badge(v) : leaf(v)))) : null,
    complex.map(([k, v]) => [el('h5', {}, words(k)), renderValue(v)]));
}

function claimDetails(claim) {
  const facts = [field('subject', claim.subject), field('domain', claim.domain)];
  if (claim.semantics) facts.push(field('semantics', code(claim.semantics)));
  if (list(claim.assumptions).length > 0) facts.push(field('assumptions', el('ul', {}, claim.assumptions.map(a => el('li', {}, a)))));
  return el('div', {class: 'claim-details'}, el('dl', {}, facts), entries(claim.details).length > 0 ? renderValue(claim.details) : null);
}

// A button in each row of a claims table opens its details below it.
function bindClaims(table, hypothesis) {
  for (const row of table.tBodies[0].querySelectorAll('tr[data-claim]')) {
    const claim = list(hypothesis.claims)[Number(row.dataset.claim)];
    if (!claim) continue;
    const head = row.querySelector('th');
    const button = el('button', {type: 'button', class: 'expand', 'aria-expanded': 'false'}, ...head.childNodes);
    let below = null;
    button.addEventListener('click', () => {
      const open = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(open));
      if (open && !below) {
        below = el('tr', {class: 'below'}, el('td', {colspan: row.cells.length}, claimDetails(claim)));
        row.after(below);
      }
      if (below) below.hidden = !open;
    });
    head.append(button);
  }
}
