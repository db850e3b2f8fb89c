// The recorded doses of a repair: a slider that stops at them alone; what the model wrote at each, and what it changed over all prompts.

const repairsFor = prompt => data.repairs.filter(repair => repair.bench === prompt.bench);

function doseName(repair, dose) {
  if (dose === repair.doses[0]) return 'none';
  if (repair.weights) return 'its own weights';
  if (repair.patch) return 'share ' + number(dose.dose);
  return list(repair.heads).length > 0 ? '× ' + number(dose.dose) : (dose.dose > 0 ? '+' : '') + number(dose.dose).replace('-', '−');
}

const filled = slot => `${slot.slot} ${slot.texts.map(quoted).join(' or ')}`;
function changeOf(repair) {
  if (repair.weights) return 'other weights';
  if (repair.patch) return `${repair.patch.parts.join(', ')} taken from the run with ${repair.patch.from.map(filled).join(' and ')}`;
  return list(repair.heads).length > 0 ? `output of ${repair.heads.join(', ')} scaled` : `added to the logit of ${list(repair.tokens).map(quoted).join(', ')}`;
}
const kPlaces = {'at the site': 'where the first token is decided', 'in the answer': 'from the first written token on', everywhere: 'at every token'};

function doseRow(repair, dose, chosen, choose) {
  const counts = dose.counts, score = dose.score, divergence = dose.divergence;
  const button = el('button', {type: 'button', 'aria-pressed': String(chosen), click: choose}, doseName(repair, dose));
  return el('tr', {class: chosen ? 'lit' : null}, el('th', {scope: 'row'}, button), ...['proved', 'unsafe', 'wrong'].map(label => el('td', {class: 'number'}, number(counts[label]))),
    el('td', {class: 'number'}, number(counts.samples - counts.proved - counts.unsafe - counts.wrong)), ...['became_proved', 'no_longer_proved', 'other_answers'].map(name => el('td', {class: 'number'}, score ? number(score[name]) : '')),
    el('td', {class: 'number'}, divergence ? number(divergence.mean_kl) : score ? 'not measured' : '0'));
}

function doseTable(repair, view) {
  const heads = ['dose', 'proved', 'unsafe', 'wrong', 'other', 'became proved', 'no longer proved', 'other text', 'mean KL on other code'];
  return el('div', {class: 'scroll'}, el('table', {class: 'doses'}, el('caption', {}, `Over all ${number(repair.doses[0].counts.samples)} answers of ${data.benches[repair.bench].suite}`),
    el('thead', {}, el('tr', {}, heads.map(head => el('th', {scope: 'col'}, head)))),
    el('tbody', {}, repair.doses.map((dose, index) => doseRow(repair, dose, index === view.dose, () => { view.dose = index; view.changed(); })))));
}

function slider(repair, view) {
  const ticks = el('datalist', {id: 'ticks'}, repair.doses.map((_, index) => el('option', {value: index})));
  const input = el('input', {type: 'range', id: 'dose', min: 0, max: repair.doses.length - 1, step: 1, list: 'ticks', 'aria-valuetext': doseName(repair, repair.doses[view.dose])});
  input.value = view.dose;
  input.addEventListener('input', () => { view.dose = Number(input.value); view.focus = 'dose'; view.changed(); });
  const names = el('div', {class: 'ticks', 'aria-hidden': 'true'}, repair.doses.map((dose, index) => el('span', {class: index === view.dose ? 'now' : null}, doseName(repair, dose))));
  return el('div', {class: 'slider'}, el('label', {for: 'dose'}, 'Dose'), el('div', {class: 'track'}, input, ticks, names));
}

function repairPanel(view, host) {
  view.onChange(() => {
    const repairs = repairsFor(data.prompts[view.prompt]);
    host.replaceChildren(el('h2', {}, 'Repair'));
    if (repairs.length === 0) {
      host.append(el('p', {class: 'note'}, data.repairs.length > 0 ? 'No dose was recorded for this prompt: choose one of those with doses.' : 'No dose was recorded: name a bench.json of a suite with [[repair]].'));
      return;
    }
    view.repair = Math.min(view.repair, repairs.length - 1);
    const repair = repairs[view.repair];
    view.dose = Math.min(view.dose, repair.doses.length - 1);
    const chips = repairs.map((each, index) => el('button', {type: 'button', class: 'chip small', 'aria-pressed': String(index === view.repair), click: () => {
      view.repair = index;
      view.dose = Math.min(view.dose, repairs[index].doses.length - 1);
      view.changed();
    }}, el('strong', {}, each.name), el('span', {class: 'quiet'}, changeOf(each))));
    host.append(el('div', {class: 'chips', role: 'group', 'aria-label': 'repairs'}, chips), slider(repair, view),
      el('p', {class: 'note'}, `${changeOf(repair)}, ${kPlaces[repair.where] || repair.where}. Only these doses were run; nothing between them is shown. The code and the verdict on this page are those of the dose chosen.`), doseTable(repair, view));
    if (view.focus === 'dose') { view.focus = null; document.getElementById('dose').focus(); }
  });
}
