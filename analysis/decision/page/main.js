// The page as a whole: which prompt, which model, which dose; and the parts that follow from it.

const hypothesis = data.hypothesis || {};
const alignments = data.hypothesis ? alignmentsOf(hypothesis) : new Map();
const view = makeView(hypothesis);
Object.assign(view, {prompt: 0, sample: 0, model: -1, repair: 0, dose: 0, lastHead: 0, focus: null, filter: 'all'});
bindTheme(document.getElementById('theme'));
const host = id => document.getElementById(id);

// The models as they are, by number in the prompt's bench result.
const modelsOf = prompt => data.benches[prompt.bench].models.map((model, index) => ({...model, index})).filter(model => model.shown && !model.dose);

function runOf(prompt) {
  const repairs = repairsFor(prompt);
  if (repairs.length > 0 && view.dose > 0) return prompt.runs[repairs[Math.min(view.repair, repairs.length - 1)].doses[view.dose].run];
  const models = modelsOf(prompt), own = models.find(model => model.index === view.model) || models[0];
  return prompt.runs[own.index];
}
const firstSample = prompt => list((prompt.runs[modelsOf(prompt)[0].index] || {}).samples)[0];
const labelOf = prompt => (firstSample(prompt) || {label: 'no answer'}).label;

// ---- what happened, in sentences ---------------------------------------------------------------------------------------
function predictionText(prompt, sample) {
  const said = prompt.prediction;
  if (!said) return el('p', {class: 'note'}, data.hypothesis ? 'No prediction was made for this prompt: name a bench.json of a suite with [prediction] on this task.' : 'No prediction was made: that takes a suite with a task and [prediction].');
  const what = `Predicted before anything was written: ${quoted(said.token)}, where ${quoted(said.demanded)} is right${said.fails ? ', so the function fails' : ', so this decision is right'}. `;
  const wrote = sample && sample.site ? sample.site.token : null;
  if (view.dose > 0) return el('p', {}, what, el('span', {class: 'quiet'}, 'The prediction speaks about the model as it is, not about this dose.'));
  if (wrote === null) return el('p', {}, what);
  const met = wrote === said.token;
  return el('p', {}, what, el('em', {class: met ? 'good' : 'bad'}, met ? '✓ Met: ' : '✗ Not met: '), `it wrote ${quoted(wrote)}.`);
}

function storyPanel(prompt, sample) {
  const repair = repairsFor(prompt)[view.repair];
  const dose = view.dose > 0 && repair ? [' at dose ', el('strong', {}, `${repair.name} ${doseName(repair, repair.doses[view.dose])}`)] : [];
  const site = sample && sample.site;
  return [el('p', {class: 'verdict-line'}, sample ? badge(sample.label) : badge('unknown'), ' ', el('code', {}, prompt.function), dose, site ? `: it wrote ${quoted(site.token)} at the site, with probability ${percent(site.probability)}` : ''),
    predictionText(prompt, sample),
    el('p', {class: 'attributes'}, list(prompt.attributes).map(([name, value]) => el('span', {class: 'attribute'}, `${name} = ${value}`)))];
}

// ---- choosing a prompt --------------------------------------------------------------------------------------------------
const kFilters = [['all', () => true], ['unsafe', p => labelOf(p) === 'unsafe'], ['wrong', p => labelOf(p) === 'wrong'], ['broken', p => labelOf(p) === 'broken'], ['proved', p => labelOf(p) === 'proved'],
  ['predicted to fail', p => p.prediction && p.prediction.fails], ['not as predicted', p => p.prediction && firstSample(p) && firstSample(p).site && firstSample(p).site.token !== p.prediction.token],
  ['with attention', p => p.attention], ['with doses', p => repairsFor(p).length > 0], ['with all', p => p.attention && p.prediction && repairsFor(p).length > 0]];
const chosenPrompts = () => data.prompts.map((prompt, index) => index).filter(index => kFilters.find(([name]) => name === view.filter)[1](data.prompts[index]));
const promptName = prompt => `${prompt.id} · ${[...list(prompt.attributes).map(([, value]) => value), prompt.function].join(', ').slice(0, 60)} · ${labelOf(prompt)}${prompt.attention ? ' · attention' : ''}${repairsFor(prompt).length > 0 ? ' · doses' : ''}`;

function choose(index) {
  view.prompt = index;
  view.sample = 0;
  view.changed();
}

function step(by) {
  const some = chosenPrompts(), at = some.indexOf(view.prompt);
  if (some.length > 0) choose(some[Math.min(some.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
}

function optionsFor(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) => el('option', {value, selected: String(value) === String(chosen)}, text)));
}

function choicePanel() {
  const prompts = el('select', {id: 'prompt'}), filter = el('select', {id: 'filter'}), models = el('select', {id: 'model'}), samples = el('select', {id: 'sample'});
  const labelled = (text, control) => el('label', {}, text + ' ', control);
  const modelLabel = labelled('Model', models), sampleLabel = labelled('Sample', samples), count = el('span', {class: 'counts', role: 'status'});
  prompts.addEventListener('change', () => choose(Number(prompts.value)));
  filter.addEventListener('change', () => {
    view.filter = filter.value;
    const some = chosenPrompts();
    if (some.length > 0 && !some.includes(view.prompt)) choose(some[0]);
    else view.changed();
  });
  models.addEventListener('change', () => { view.model = Number(models.value); view.dose = 0; view.changed(); });
  samples.addEventListener('change', () => { view.sample = Number(samples.value); view.changed(); });
  host('choice').append(labelled('Prompt', prompts), el('button', {type: 'button', 'aria-label': 'previous prompt', click: () => step(-1)}, '←'), el('button', {type: 'button', 'aria-label': 'next prompt', click: () => step(1)}, '→'),
    labelled('Show', filter), modelLabel, sampleLabel, count);
  view.onChange(() => {
    const some = chosenPrompts(), prompt = data.prompts[view.prompt], own = modelsOf(prompt), run = runOf(prompt);
    optionsFor(prompts, (some.includes(view.prompt) ? some : [view.prompt, ...some]).map(index => [index, promptName(data.prompts[index])]), view.prompt);
    optionsFor(filter, kFilters.map(([name, test]) => [name, data.prompts.filter(test).length]).filter(([name, size]) => size > 0 || name === view.filter).map(([name, size]) => [name, `${name} (${size})`]), view.filter);
    optionsFor(models, own.map(model => [model.index, model.name]), view.model);
    optionsFor(samples, list(run && run.samples).map((sample, index) => [index, `${index + 1} ${sample.label}`]), view.sample);
    modelLabel.hidden = own.length < 2;
    sampleLabel.hidden = list(run && run.samples).length < 2;
    count.textContent = `${some.length} of ${data.prompts.length} prompts`;
  });
}

// ---- rule and graph -----------------------------------------------------------------------------------------------------
function rulePanel() {
  host('rule').append(el('h2', {}, 'Rule'));
  if (!isObject(hypothesis.program)) return host('rule').append(el('p', {class: 'note'}, 'No rule was stated: it is the program of a hypothesis; give the result.json of `assay verify`.'));
  const links = list(hypothesis.program.links);
  host('rule').append(sourcePanel('Rule', hypothesis.program, view, alignments), el('p', {class: 'note'}, links.length > 0 ? 'A name behind a line is the part of the graph that carries it, as an aligned variable or the line’s comment says; choose it to see it below.'
    : 'No line is linked to the graph: neither a comment behind a line names a node, nor is a variable aligned with a site.'));
}

function graphPanel() {
  host('graph').append(el('h2', {}, 'Circuit'));
  if (!isObject(hypothesis.circuit)) return host('graph').append(el('p', {class: 'note'}, 'There is no circuit to draw: a hypothesis about this task with a [circuit] and a claim about it has one; give the result.json of `assay verify`.'));
  host('graph').append(guarded('The circuit', () => circuitPanel(view, alignments)));
  // The drawing is taller than its place: what was chosen is brought into sight within it.
  const place = host('graph').querySelector('.drawing');
  view.onChange(() => {
    const lit = place && place.querySelector('.node.lit');
    if (!lit) return;
    const node = lit.getBoundingClientRect(), frame = place.getBoundingClientRect();
    place.scrollTop += node.top - frame.top - frame.height / 2;
    place.scrollLeft += node.left - frame.left - frame.width / 2;
  });
}

// The head at hand is chosen everywhere from the beginning, so that its node and its lines are lit.
function chooseFirstHead() {
  if (view.nodes.size === 0 && data.heads.length > 0) view.nodes = new Set([data.heads[view.lastHead].node]);
}

// ---- all of it ------------------------------------------------------------------------------------------------------------
// The prompt that shows most, and of these the worst.
function bestPrompt() {
  const severity = {unsafe: 4, wrong: 3, broken: 2}, worth = prompt => (prompt.attention ? 40 : 0) + (prompt.prediction ? 10 : 0) + (repairsFor(prompt).length > 0 ? 20 : 0) + (severity[labelOf(prompt)] || 0) + (prompt.prediction && prompt.prediction.fails ? 1 : 0);
  return data.prompts.reduce((best, prompt, index) => (worth(prompt) > worth(data.prompts[best]) ? index : best), 0);
}

// #prompt=p0018&head=a18.h6@site&repair=0&dose=2
function readHash() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const prompt = data.prompts.findIndex(each => each.id === wanted.get('prompt') && (!wanted.has('bench') || String(each.bench) === wanted.get('bench')));
  view.prompt = prompt >= 0 ? prompt : bestPrompt();
  view.repair = Math.max(0, Number(wanted.get('repair')) || 0);
  view.dose = Math.max(0, Number(wanted.get('dose')) || 0);
  const head = data.heads.findIndex(each => each.node === wanted.get('head'));
  if (head >= 0) { view.lastHead = head; view.nodes = new Set([data.heads[head].node]); }
}

function writeHash() {
  const prompt = data.prompts[view.prompt], state = new URLSearchParams({prompt: prompt.id, bench: prompt.bench});
  if (data.heads.length > 0) state.set('head', data.heads[headNumber(view)].node);
  if (repairsFor(prompt).length > 0) { state.set('repair', view.repair); state.set('dose', view.dose); }
  try { history.replaceState(null, '', '#' + state.toString().replace(/%40/g, '@')); } catch (error) { /* a page from the disk may have no history */ }
}

// Code and verdict are built again only when another answer is to be shown: choosing a head must not move what is being read.
let drawn = '';
function showAnswer() {
  const prompt = data.prompts[view.prompt], run = runOf(prompt), samples = list(run && run.samples), sample = samples[Math.min(view.sample, samples.length - 1)];
  const key = [view.prompt, sample ? sample.answer : '', view.repair, view.dose, view.sample].join(' ');
  if (key !== drawn) {
    drawn = key;
    host('story').replaceChildren(...storyPanel(prompt, sample));
    host('sides').replaceChildren(sample ? guarded('The code', () => sidesPanel(prompt, sample)) : el('p', {class: 'note'}, 'No answer was recorded.'));
    for (const verdict of document.querySelectorAll('.verdict-of')) verdict.hidden = !sample || verdict.id !== 'v' + sample.answer;
  }
  const sides = host('sides').querySelector('.sides');
  if (sides) drawAttention(view, sides);
}

if (data.prompts.length > 0) {
  readHash();
  choicePanel();
  host('attention').append(...attentionPanel(view));
  rulePanel();
  graphPanel();
  repairPanel(view, host('repair'));
  chooseFirstHead();
  view.onChange(showAnswer);
  view.changed();
  view.onChange(writeHash);
  const again = () => { const sides = host('sides').querySelector('.sides'); if (sides) drawAttention(view, sides); };
  window.addEventListener('resize', again);
  window.addEventListener('hashchange', () => { readHash(); view.changed(); });
  document.addEventListener('scroll', event => { if (event.target instanceof Element && event.target.closest('.sides')) again(); }, true);
}
