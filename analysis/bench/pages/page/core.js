// Everything is built from text nodes; no text of a page is ever parsed as HTML.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : String(value));
  node.append(...children.flat().filter(child => child !== null));
  return node;
}
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];

// The report keeps its theme under the same name.
const kThemes = ['auto', 'light', 'dark'];
function addThemeButton() {
  let theme = 'auto';
  try { theme = localStorage.getItem('assay-theme') || 'auto'; } catch (error) { /* a page from the disk may have no storage */ }
  const button = el('button', {type: 'button', class: 'theme'});
  const set = next => {
    theme = kThemes.includes(next) ? next : 'auto';
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = 'theme: ' + theme;
    try { localStorage.setItem('assay-theme', theme); } catch (error) { /* as above */ }
  };
  button.addEventListener('click', () => set(kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length]));
  set(theme);
  document.querySelector('header').append(button);
}

function pressed(button) { return button.getAttribute('aria-pressed') === 'true'; }
