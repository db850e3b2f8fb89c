// The summary's filters: requests by label and text, and one model at a time where there are several.

function addRequestFilter() {
  const toolbar = document.querySelector('#requests .toolbar');
  if (!toolbar) return;
  const rows = all('.requests tbody tr').map(row => ({row, labels: row.dataset.labels.split(' '), text: row.textContent.toLowerCase()}));
  const counts = new Map();
  for (const entry of rows) for (const label of entry.labels) if (label) counts.set(label, (counts.get(label) || 0) + 1);
  const order = ['unsafe', 'wrong', 'broken', 'undecided', 'unsupported', 'bounded', 'proved'];
  const find = document.getElementById('find'), shown = document.getElementById('shown');
  const chips = order.filter(label => counts.has(label)).map(label => {
    const chip = el('button', {type: 'button', 'aria-pressed': 'false', 'data-label': label}, `${label} ${counts.get(label)}`);
    chip.addEventListener('click', () => { chip.setAttribute('aria-pressed', String(!pressed(chip))); show(); });
    return chip;
  });
  // No chip pressed means no filter.
  function show() {
    const wanted = chips.filter(pressed).map(chip => chip.dataset.label), text = find.value.trim().toLowerCase();
    let count = 0;
    for (const entry of rows) {
      const visible = (wanted.length === 0 || entry.labels.some(label => wanted.includes(label))) && entry.text.includes(text);
      entry.row.hidden = !visible;
      count += visible ? 1 : 0;
    }
    shown.textContent = `${count} of ${rows.length} requests`;
  }
  document.getElementById('labels').append(...chips);
  find.addEventListener('input', show);
  toolbar.hidden = false;
  show();
}

function addModelChoice() {
  const sections = all('section.model[data-model]');
  if (sections.length < 2) return;
  const names = ['all models', ...sections.map(section => section.querySelector('h2').textContent)];
  const buttons = names.map((name, index) => {
    const button = el('button', {type: 'button'}, name);
    button.addEventListener('click', () => choose(index));
    return button;
  });
  function choose(index) {
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === index)));
    sections.forEach((section, i) => { section.hidden = index > 0 && i !== index - 1; });
  }
  sections[0].before(el('div', {class: 'toolbar'}, el('fieldset', {class: 'chips'}, el('legend', {}, 'Show the model'), buttons)));
  choose(1);
}
