// Counterexamples: what went in, and the two answers side by side, with the replay.

const kReplays = {agreed: 'replayed: the failure is confirmed', disagreed: 'REPLAY DISAGREED: an internal error, please report it', 'not-run': 'not replayed', 'not-applicable': 'nothing to replay'};

function field(name, value) {
  return [el('dt', {}, name), el('dd', {}, value)];
}
const code = text => el('code', {}, text);

function answers(left, right, leftName, rightName) {
  return el('div', {class: 'versus'}, el('div', {}, el('h5', {}, leftName), el('code', {class: 'answer'}, left)), el('div', {}, el('h5', {}, rightName), el('code', {class: 'answer'}, right)));
}

function plainWitness(w) {
  return [el('dl', {}, field('input', code(w.input)), w.arguments !== undefined ? field('arguments', code(JSON.stringify(w.arguments))) : null,
    w.step ? field('answer number', number(w.step + 1)) : null, w.network_margin !== undefined ? field('margin of the network', number(w.network_margin)) : null),
  answers(w.network_answer, w.program_answer, 'the network answers', 'the program answers')];
}

function swapWitness(w) {
  const rows = list(w.variables).map(v => el('tr', {}, el('th', {scope: 'row'}, code(v.variable)), el('td', {}, code(v.site)), el('td', {}, number(v.base_position), ' ← ', number(v.source_position)),
    el('td', {}, code(number(v.base_value)), ' → ', code(number(v.source_value)))));
  return [el('dl', {}, field('base', code(w.base)), field('source', code(w.source))),
    el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, ['variable', 'site', 'position', 'value'].map(t => el('th', {scope: 'col'}, t)))), el('tbody', {}, rows))),
    answers(w.network_answer, w.program_answer, 'network, activations of the source put in', 'program, variable of the source put in'),
    w.program_on_base !== undefined ? el('p', {}, 'Without the swap the program answers ', code(w.program_on_base), '.') : null];
}

function codeWitness(w) {
  const parts = [el('dl', {}, field('arguments', code(list(w.arguments).join(', '))), w.interpreter_replay ? field('interpreter', w.interpreter_replay) : null,
    w.native_replay ? field('compiled code', w.native_replay) : null)];
  if (w.reference_answer || w.program_answer) parts.push(answers(w.program_answer || '–', w.reference_answer || '–', 'the program', w.reference_answer ? 'the reference' : 'demanded'));
  if (list(w.path).length > 0) parts.push(el('details', {class: 'more'}, el('summary', {}, `Path (${w.path.length} steps)`), el('ol', {class: 'path'}, w.path.map(step => el('li', {}, code(step))))));
  if (w.native_output) parts.push(el('details', {class: 'more'}, el('summary', {}, 'Output of the compiled code'), el('pre', {}, w.native_output)));
  if (w.repro_c)
    parts.push(el('details', {class: 'more'}, el('summary', {}, 'repro.c: a program that shows it'), w.repro_command ? el('p', {}, code(w.repro_command), ' ', copyButton(w.repro_command, 'the command')) : null,
      copyButton(w.repro_c, 'repro.c'), el('pre', {}, w.repro_c)));
  return parts;
}

function witnessCard(claim) {
  const w = claim.witness;
  let body;
  if (w.base !== undefined && w.source !== undefined) body = swapWitness(w);
  else if (w.input !== undefined) body = plainWitness(w);
  else if (Array.isArray(w.arguments)) body = codeWitness(w);
  else body = [renderValue(w)];
  return el('article', {class: 'witness'}, el('h4', {}, code(claim.id), ' ', badge(claim.grade)), ...body, el('p', {class: claim.replay === 'disagreed' ? 'bad' : 'quiet'}, kReplays[claim.replay] || claim.replay));
}

function witnessPanel(hypothesis) {
  const failing = list(hypothesis.claims).filter(claim => isObject(claim.witness));
  if (failing.length === 0) return null;
  return el('section', {class: 'panel'}, el('h3', {}, failing.length === 1 ? 'Counterexample' : 'Counterexamples'), el('div', {class: 'cards'}, failing.map(witnessCard)));
}
