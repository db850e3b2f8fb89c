// The page as a whole: filters, theme, keys, opening of sections.
const sections = [...document.querySelectorAll('details.hypothesis')];
for (const section of sections) {
  section.addEventListener('toggle', () => { if (section.open) buildSection(section); });
  if (section.open) buildSection(section);
}

const nextTheme = bindTheme(document.getElementById('theme'));

// ---- filter ----------------------------------------------------------------------------------------------------------
const filter = {state: 'all', text: ''};
const find = document.getElementById('find');
const shown = document.getElementById('shown');
const searchable = sections.map(section => section.textContent.toLowerCase());
const has = (section, state) => state === 'all' || (state === 'not as expected' ? section.dataset.unexpected === '1' : section.dataset.grade === state);

function applyFilter() {
  let count = 0;
  sections.forEach((section, i) => {
    section.hidden = !(has(section, filter.state) && searchable[i].includes(filter.text));
    count += section.hidden ? 0 : 1;
  });
  for (const group of document.querySelectorAll('section.group')) group.hidden = ![...group.querySelectorAll('details.hypothesis')].some(section => !section.hidden);
  shown.textContent = count === sections.length ? '' : `${count} of ${sections.length} shown`;
}
const states = ['all', 'not as expected', 'proved', 'bounded', 'measured', 'unknown', 'unsupported', 'vacuous', 'refuted', 'skipped', 'error'];
const stateButtons = states.map(state => [state, sections.filter(section => has(section, state)).length]).filter(([state, count]) => state === 'all' || count > 0).map(([state, count]) => {
  const button = el('button', {type: 'button', class: 'chip small', 'aria-pressed': String(state === 'all')}, `${state} ${count}`);
  button.addEventListener('click', () => {
    filter.state = state;
    for (const other of stateButtons) other.setAttribute('aria-pressed', String(other === button));
    applyFilter();
  });
  return button;
});
document.getElementById('grades').append(...stateButtons);
find.addEventListener('input', () => { filter.text = find.value.trim().toLowerCase(); applyFilter(); });

// ---- keys ------------------------------------------------------------------------------------------------------------
const dialog = el('dialog', {'aria-label': 'keys'}, el('h2', {}, 'Keys'), el('dl', {}, field('j, k', 'next, previous hypothesis'), field('Enter', 'open or close it'), field('/', 'find'), field('t', 'theme'),
  field('Tab', 'through variables, nodes and sites'), field('arrow keys', 'over the cells of an attention pattern'), field('Escape', 'close this, or clear the choice')), el('form', {method: 'dialog'}, el('button', {}, 'close')));
dialog.querySelector('form').addEventListener('submit', event => { event.preventDefault(); dialog.close(); });
document.body.append(dialog);
document.getElementById('keys').addEventListener('click', () => dialog.showModal());

function step(by) {
  const visible = sections.filter(section => !section.hidden);
  if (visible.length === 0) return;
  const at = visible.findIndex(section => section.contains(document.activeElement));
  const next = visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : Math.min(visible.length - 1, Math.max(0, at + by))];
  next.querySelector('summary').focus();
  next.scrollIntoView({block: 'start'});
}
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== 'radio') return;
  const action = {j: () => step(1), k: () => step(-1), '/': () => find.focus(), t: nextTheme, '?': () => dialog.showModal()}[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// ---- links: #h3 opens a section, #h3/carry also chooses a variable -------------------------------------------------------
function followHash() {
  const [id, variable] = decodeURIComponent(location.hash.slice(1)).split('/');
  const target = id && document.getElementById(id);
  if (!target || target.tagName !== 'DETAILS') return;
  target.open = true;
  buildSection(target);
  if (sections.length > 1) target.scrollIntoView({block: 'start'});
  for (const chip of target.querySelectorAll('.chip[data-ids]')) if (chip.dataset.ids === variable && chip.getAttribute('aria-pressed') !== 'true') chip.click();
}
window.addEventListener('hashchange', followHash);

document.querySelector('.toolbar').hidden = false;
for (const part of [document.getElementById('grades'), find.parentNode]) part.hidden = sections.length < 2;
followHash();
