document.body.append(card);
addThemeButton();
addRequestFilter();
addModelChoice();
for (const table of all('table.code')) bindCode(table);
