// What the sections of the page share: the document, and what is chosen in one of them.
const data = JSON.parse(document.getElementById('result').textContent);

function copyButton(text, what) {
  const button = el('button', {type: 'button', class: 'copy', 'aria-label': 'copy ' + what}, 'copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'copied';
    } catch (error) {
      button.textContent = 'select it by hand';
    }
    setTimeout(() => { button.textContent = 'copy'; }, 1500);
  });
  return button;
}

// A part that fails says so, and leaves the others alone.
function guarded(name, make) {
  try {
    return make();
  } catch (error) {
    return el('p', {class: 'panel bad'}, `${name} cannot be shown: ${error.message}`);
  }
}

// What is chosen in one section; panels ask to be told about changes.
function makeView(hypothesis) {
  const view = {
    hypothesis, input: 0, variables: new Set(), nodes: new Set(), head: [0, 0], listeners: [],
    onChange(listener) { this.listeners.push(listener); listener(); },
    changed() { for (const listener of this.listeners) listener(); },
    choose(variables, nodes) {
      const same = variables.length === this.variables.size && variables.every(v => this.variables.has(v)) &&
        nodes.length === this.nodes.size && nodes.every(n => this.nodes.has(n));
      this.variables = new Set(same ? [] : variables);
      this.nodes = new Set(same ? [] : nodes);
      this.changed();
    },
  };
  return view;
}
