// One hypothesis: built when its section is opened.

// One line per claim that swapped the variable: claims may differ in their domain.
function ratesOf(hypothesis, alignment) {
  const lines = [];
  for (const claim of list(hypothesis.claims)) {
    const found = isObject(claim.details) && isObject(claim.details.alignments) ? claim.details.alignments[alignment.id] : null;
    if (isObject(found) && isTally(found.changing))
      lines.push(`${claim.id} (${claim.grade}): IIA ${number(found.changing.rate)} changing, ${isTally(found.unchanged) && found.unchanged.pairs ? number(found.unchanged.rate) : '–'} unchanged${found.search ? ', searched' : ''}`);
  }
  return lines.length > 0 ? lines : ['no claim swaps it'];
}

function alignmentPanel(view, alignments) {
  if (alignments.size === 0) return null;
  const chips = [...alignments.values()].map(a => {
    const place = a.site ? `${a.site}${a.position ? ' @ ' + a.position : ''}${a.rank > 0 ? ', rank ' + a.rank : ''}` : 'no site stated';
    const rates = ratesOf(view.hypothesis, a).map(text => el('span', {class: 'quiet'}, text));
    const chip = el('button', {type: 'button', class: 'chip', 'data-ids': a.id, 'aria-pressed': 'false'}, el('strong', {}, a.variable), el('span', {}, place), rates);
    chip.addEventListener('click', () => view.choose([a.id], []));
    return chip;
  });
  view.onChange(() => {
    for (const chip of chips) {
      chip.classList.toggle('lit', view.variables.has(chip.dataset.ids));
      chip.setAttribute('aria-pressed', String(view.variables.has(chip.dataset.ids)));
    }
  });
  return el('section', {class: 'panel'}, el('h3', {}, 'Aligned variables'), el('p', {class: 'quiet'}, 'Choose one to light up its places in the source, the circuit and the attention; or choose a node or site of the circuit.'), el('div', {class: 'chips'}, chips));
}

function factsPanel(hypothesis) {
  const task = hypothesis.task, network = hypothesis.network;
  const facts = [];
  if (isObject(task)) facts.push(field('task', `${task.name}: ${task.domain}`));
  if (isObject(task) && task.restricted_to) facts.push(field('answers restricted to', code(task.restricted_to)));
  if (isObject(network)) {
    facts.push(field('network', `${network.layout} layout, ${number(network.layers)} layers, ${number(network.heads)} heads, width ${number(network.d_model)}, ${number(network.parameters)} weights, ` +
      `vocabulary ${number(network.vocabulary)}, ${number(network.positions)} positions${network.has_mlp === false ? ', no MLP' : ''}${network.has_norm === false ? ', no LayerNorm' : ''}; ${network.processing}`));
    facts.push(field('network hash', code(network.hash)));
    if (isObject(network.tokenizer))
      facts.push(field('text', `${network.tokenizer.kind}, ${network.tokenizer.adds_bos ? 'BOS added' : 'no BOS'}, ${network.tokenizer.chat_template_applied ? 'chat template' : 'no chat template'}`));
  }
  const file = /^[\w./+-]+$/.test(hypothesis.file) ? hypothesis.file : "'" + hypothesis.file.replace(/'/g, "'\\''") + "'";
  const command = 'assay verify ' + file;
  facts.push(field('reproduce', el('span', {}, code(command), ' ', copyButton(command, 'the command'))));
  return el('dl', {class: 'facts'}, facts);
}

function buildSection(details) {
  if (details.dataset.built) return;
  details.dataset.built = '1';
  const hypothesis = data.hypotheses[Number(details.dataset.h)];
  const host = details.querySelector('.lazy');
  const table = details.querySelector('table.claims');
  if (table) bindClaims(table, hypothesis);
  const view = makeView(hypothesis);
  view.number = details.dataset.h;
  const alignments = guarded('alignments', () => alignmentsOf(hypothesis));
  if (!(alignments instanceof Map)) return host.append(alignments);
  const program = isObject(hypothesis.program) ? hypothesis.program : null, reference = isObject(hypothesis.reference) ? hypothesis.reference : null;
  const parts = [
    guarded('The alignments', () => alignmentPanel(view, alignments)),
    el('div', {class: 'pair'},
      program ? guarded('The program', () => sourcePanel('Program', program, view, alignments)) : null,
      guarded('The circuit', () => circuitPanel(view, alignments))),
    guarded('The counterexamples', () => witnessPanel(hypothesis)),
    guarded('The inputs', () => inputsPanel(view, alignments)),
    guarded('The attention', () => attentionPanel(view, alignments)),
    guarded('The facts', () => factsPanel(hypothesis)),
    reference ? el('details', {class: 'more'}, el('summary', {}, 'Reference code'), guarded('The reference', () => sourcePanel('Reference', reference, view, new Map()))) : null,
  ];
  host.append(...parts.filter(Boolean));
}
