// What the pages of a bench result share.
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];

function addThemeButton() {
  const button = el('button', {type: 'button', class: 'theme'});
  bindTheme(button);
  document.querySelector('header').append(button);
}

function pressed(button) { return button.getAttribute('aria-pressed') === 'true'; }
