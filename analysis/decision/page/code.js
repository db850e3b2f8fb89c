// The earlier code and what was written behind it, side by side as one file: one numbering of lines, the prompt's tokens and the written ones told apart.

// Kind of every character, by the same lexer that colours a program.
function kindsOf(text) {
  const kinds = [], state = {inComment: false};
  for (const line of text.split('\n')) {
    for (const [kind, part] of tokens(line, state)) for (let i = 0; i < part.length; ++i) kinds.push(kind);
    kinds.push('space');
  }
  return kinds;
}

// Lines of parts; a part lies in one token and is of one kind. Of a line end a token keeps the sign of one, so that it can be pointed at.
function linesOf(pieces) {
  const kinds = kindsOf(pieces.map(piece => piece.text).join(''));
  const lines = [{parts: [], written: false, end: 0}];
  let at = 0;
  for (const piece of pieces) {
    let open = null;
    for (const character of piece.text.split('')) {
      const line = lines[lines.length - 1], kind = kinds[at++];
      line.written = line.written || !piece.given;
      line.end = at;
      if (character === '\n') {
        line.parts.push({piece, kind: 'end', text: '↵'});
        lines.push({parts: [], written: false, end: at});
        open = null;
      } else if (open && open.kind === kind) open.text += character;
      else line.parts.push(open = {piece, kind, text: character});
    }
  }
  if (lines[lines.length - 1].parts.length === 0) lines.pop();
  return lines;
}

function partNode(part, site, titles) {
  const plain = ['word', 'space', 'other'].includes(part.kind);
  const decided = !part.piece.given && part.piece.index === site;
  return el('span', {class: `piece${plain ? '' : ' ' + part.kind}${decided && part.kind !== 'end' ? ' decided' : ''}`, [part.piece.given ? 'data-p' : 'data-w']: part.piece.index, title: (!part.piece.given && titles[part.piece.index]) || null}, part.text);
}

function codeTable(lines, first, failing, site, titles) {
  const rows = lines.map((line, index) => el('tr', {class: (line.written ? 'written' : 'given') + (first + index === failing ? ' fails' : '')}, el('th', {scope: 'row'}, first + index),
    el('td', {}, el('code', {}, line.parts.map(part => partNode(part, site, list(titles)))), first + index === failing ? el('span', {class: 'here'}, '← the violated check') : null)));
  return el('div', {class: 'scroll source', tabindex: '0', role: 'region'}, el('table', {class: 'code'}, el('tbody', {}, rows)));
}

const quoted = text => '“' + String(text).replace(/\n/g, '↵').replace(/\t/g, '⇥') + '”';
const percent = value => (value > 0 && value < 0.0005 ? '< 0.1 %' : (100 * value).toFixed(value >= 0.0995 ? 0 : 1) + ' %');

// The alternatives at the site with the model's probabilities; what was written is among them.
function choicesTable(site) {
  if (!site) return el('p', {class: 'note'}, 'No probabilities of tokens are known: the answers come from a file.');
  const known = list(site.alternatives).some(([text]) => text === site.token);
  const choices = known ? site.alternatives : [...list(site.alternatives), [site.token, site.probability]];
  return el('table', {class: 'choices'}, el('caption', {}, 'The model’s probabilities at the site'), el('tbody', {}, choices.slice(0, 6).map(([text, probability]) =>
    el('tr', {class: text === site.token ? 'chosen' : null}, el('th', {scope: 'row'}, el('code', {}, quoted(text))), el('td', {class: 'chance'}, el('span', {style: `width:${(100 * probability).toFixed(1)}%`})),
      el('td', {class: 'number'}, percent(probability)), el('td', {}, text === site.token ? 'written' : '')))));
}

// Node, concept and what else is valid at the decided token; of other tokens a browser shows it when they are pointed at.
function siteNote(sample) {
  const titles = list(sample.titles), own = sample.site && titles[sample.site.piece];
  if (titles.length === 0) return null;
  return el('details', {class: 'valid', open: Boolean(own)}, el('summary', {}, own ? 'What else is valid here' : 'The decided token begins no operator, constant, name or statement'),
    own ? el('pre', {}, own) : null, el('p', {class: 'note'}, 'Point at a written operator, constant, name or beginning of a statement for its AST node, its concept and what else is valid there.'));
}

function sidesPanel(prompt, sample) {
  const given = list(prompt.pieces).map((text, index) => ({text, index, given: true}));
  const own = list(sample.pieces).map((text, index) => ({text, index, given: false}));
  const site = sample.site ? sample.site.piece : -1, failing = data.failing_lines[sample.answer];
  const whole = sample.behind_prompt ? [...given, ...own] : own;
  const lines = linesOf(whole), split = sample.behind_prompt ? lines.findIndex(line => line.end > prompt.split.length) : 0;
  const before = sample.behind_prompt ? lines.slice(0, split) : linesOf(given);
  const left = el('figure', {class: 'side'}, el('figcaption', {}, el('strong', {}, 'Earlier code'), ', which the prompt shows'),
    before.length > 0 ? codeTable(before, 1, failing, -1) : el('p', {class: 'note'}, 'Nothing stands before the function.'));
  const right = el('figure', {class: 'side'}, el('figcaption', {}, el('strong', {}, 'What was written'), ': lines with a bar; the decided token is framed'),
    codeTable(lines.slice(split), sample.behind_prompt ? split + 1 : 1, failing, site, sample.titles), choicesTable(sample.site), siteNote(sample));
  return el('div', {class: 'sides'}, left, right, svg('svg', {class: 'arcs', 'aria-hidden': 'true'}));
}
