// The theme: as the system has it, light, or dark. All pages keep the choice under one name.
const kThemes = ['auto', 'light', 'dark'];

// Gives the function that goes on to the next one.
function bindTheme(button) {
  let theme = 'auto';
  try { theme = localStorage.getItem('assay-theme') || 'auto'; } catch (error) { /* a page from the disk may have no storage */ }
  const set = next => {
    theme = kThemes.includes(next) ? next : 'auto';
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = 'theme: ' + theme;
    try { localStorage.setItem('assay-theme', theme); } catch (error) { /* as above */ }
  };
  const next = () => set(kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length]);
  button.addEventListener('click', next);
  set(theme);
  return next;
}
