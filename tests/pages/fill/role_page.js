// SPDX-License-Identifier: GPL-3.0-or-later
// A page of a security role as it may be: GUESS says how this one is, DATA what it shows. MODEL is what Save would send.
'use strict';
(function () {
  const VERBS = ['add', 'edit', 'delete', 'inquire'], WORDS = ['None', 'My', 'All'];
  const guess = Object.assign({ combo: 'type', layout: 'table', order: VERBS, suffix: ' Level', late: 0, open: false }, window.GUESS);
  const root = guess.root || document.body;
  const make = (tag, parent, text, style) => {
    const el = document.createElement(tag);
    if (text !== undefined) { el.textContent = text; }
    if (style) { el.style.cssText = style; }
    if (parent) { parent.append(el); }
    return el;
  };
  const nameOf = (row) => row.module + ' / ' + row.function;
  const model = window.MODEL = Object.fromEntries(DATA.rows.map((row) => [nameOf(row), Object.assign({}, row.levels)]));
  window.PRESSED = { save: 0, other: 0, what: [] };
  const modules = [...new Set(DATA.rows.map((row) => row.module))];
  const pressed = (what) => (event) => { window.PRESSED[what] += 1; window.PRESSED.what.push(event.target.textContent, event.isTrusted); };

  // --- combos ----------------------------------------------------------------------------------
  let list = null;
  function close() { if (list) { list.remove(); list = null; } }
  function open(input, take) {
    if (list) { close(); return; }
    const box = input.getBoundingClientRect();
    list = make('div', document.body, '', 'position:absolute;background:#fff;border:1px solid;z-index:50;left:' + (box.left + scrollX) + 'px;top:' + (box.bottom + scrollY) + 'px');
    for (const word of WORDS) {
      const option = make('div', make('div', list), word);
      option.addEventListener(guess.optionEvent || 'click', (event) => { if (guess.combo !== 'trusted' || event.isTrusted) { take(word); close(); } });
    }
  }
  const changed = {};
  function combo(parent, row, verb) {
    const levels = model[nameOf(row)], cell = nameOf(row) + verb;
    const shown = () => levels[verb] || '';
    if (guess.combo === 'select') {
      const select = make('select', parent);
      for (const word of ['', ...WORDS]) { make('option', select, word); }
      select.value = shown();
      select.addEventListener('change', () => { levels[verb] = select.value || null; });
      return select;
    }
    const wrap = make('div', parent, '', 'display:flex;width:90px');
    const input = make('input', wrap, '', 'width:60px');
    const take = (word) => {
      levels[verb] = word;
      input.value = word;
      if (guess.alsoChanges === row.function && verb === 'edit') {
        levels.delete = word;
        input.closest('tr').querySelectorAll('input')[2].value = word;
      }
      if (guess.clearedLate && guess.clearedLate[0] === row.function && guess.clearedLate[1] === verb && word === 'All') {
        setTimeout(() => { levels[verb] = null; input.value = ''; }, guess.clearedLate[2]);
      }
      if (guess.clearsOnce && !changed[cell]) {
        changed[cell] = true;
        setTimeout(() => { levels[verb] = null; input.value = ''; }, guess.clearsOnce);
      }
    };
    input.type = 'text';
    input.value = shown();
    if (guess.combo === 'plain') { input.addEventListener('input', () => { levels[verb] = input.value; }); return input; }
    const arrow = make('div', make('div', wrap, '', 'width:22px'), '\u25be', 'width:20px;height:18px;background:#ddd');
    arrow.tabIndex = 0;
    if (guess.combo === 'type') {
      input.addEventListener('change', () => { if (WORDS.includes(input.value)) { take(input.value); } else { input.value = shown(); } });
    } else if (guess.combo === 'click') {
      arrow.addEventListener('mousedown', () => open(input, take));
      if (guess.readOnly) { input.readOnly = true; }
      if (!guess.silent) { input.addEventListener('blur', () => { input.value = shown(); }); }
    } else if (guess.combo === 'keys') {  // it goes by real keys alone
      let typed = false;
      input.addEventListener('keydown', (event) => { typed = typed || event.isTrusted; });
      input.addEventListener('input', () => { if (typed) { take(input.value); } else if (!guess.silent) { input.value = shown(); } });
    } else if (guess.combo === 'trusted') {
      input.addEventListener('change', (event) => { if (event.isTrusted) { take(input.value); } else if (!guess.silent) { input.value = shown(); } });
      arrow.addEventListener('mousedown', (event) => { if (event.isTrusted) { open(input, take); } });
    }
    return input;
  }

  // --- layouts ---------------------------------------------------------------------------------
  const title = make('div', root, '', 'display:flex;gap:30px;background:#eee;font-size:18px;padding:4px');
  const banner = make('div', title);
  function show(role) {
    banner.textContent = '';
    if (guess.untitled) { return; }
    if (guess.splitTitle) {
      make('span', banner, 'Security Modules for Role - ');
      make('span', banner, role);
    } else { banner.textContent = 'Security Modules for Role - ' + role; }
  }
  show(guess.role || DATA.role);
  window.showRole = show;
  for (const name of ['Save', 'Save and Close', 'Delete', 'Add', 'Edit']) {
    make('button', title, name).addEventListener('click', (event) => {
      pressed(name.startsWith('Save') ? 'save' : 'other')(event);
      if (name === 'Save' && event.isTrusted && window.onSave) { window.onSave(model); }
    });
  }
  if (guess.menu) {
    const menu = make('div', root, '', 'float:left;width:150px');
    for (const name of [...modules, 'Contacts', 'Agreements']) { make('div', menu, name).addEventListener('click', pressed('other')); }
  }
  const main = make('div', root, '', (guess.scroller ? 'height:260px;overflow:auto;position:relative;' : '') + (guess.menu ? 'margin-left:200px' : ''));
  const columns = () => [...guess.order, ...(guess.extra ? ['extra'] : [])];
  const heads = (parent, tag) => {
    make(tag, parent, 'Function', 'width:240px;text-align:left');
    for (const verb of columns()) { make(tag, parent, verb === 'extra' ? 'Report Level' : verb[0].toUpperCase() + verb.slice(1) + guess.suffix, 'width:110px;text-align:left'); }
    make(tag, parent, '', 'width:90px');
  };
  function cells(row, parent, tag) {
    make(tag, parent, row.function, 'width:240px');
    for (const verb of columns()) {
      const cell = make(tag, parent, '', 'width:110px');
      const left = guess.blank && row.levels[verb] === null;
      if (verb === 'extra') { make('input', cell, '', 'width:60px').value = 'None'; } else if (!left) { combo(cell, row, verb); }
    }
    make('a', make(tag, parent, '', 'width:90px'), 'Customize').addEventListener('click', pressed('other'));
  }
  function table(rows, parent) {
    const box = make('table', parent);
    if (guess.layout === 'table') { heads(make('tr', make('thead', box)), 'th'); }
    const body = make('tbody', box);
    for (const row of rows) { cells(row, make('tr', body), 'td'); }
    return box;
  }
  function grid(rows, parent) {
    const box = make('div', parent);
    for (const row of rows) { cells(row, make('div', box, '', 'display:flex'), 'div'); }
    return box;
  }
  if (guess.hiddenTable) {
    const hidden = make('div', main, '', guess.hiddenTable);
    const order = guess.order;
    guess.order = [...VERBS].reverse();
    modules.forEach((module) => { make('h3', hidden, module); table(DATA.rows.filter((row) => row.module === module), hidden); });
    guess.order = order;
  }
  if (guess.layout !== 'table' && guess.layout !== 'recycled') {
    const top = make('div', null, '', 'display:flex');
    heads(top, 'div');
    main.before(top);
  }
  // One panel below a strip of all modules.
  function tabs() {
    const strip = make('div', main, '', 'display:flex;gap:30px'), panel = make('div', main);
    for (const module of modules) {
      make('div', strip, module).addEventListener('click', () => {
        panel.textContent = '';
        table(DATA.rows.filter((row) => row.module === module), panel);
      });
    }
  }
  function sections() {
    if (guess.tabs) { tabs(); return; }
    for (const module of modules) {
      const rows = DATA.rows.filter((row) => row.module === module);
      const head = make('div', main, '', 'cursor:pointer;font-weight:bold;margin-top:8px');
      if (guess.sign) { make('span', head, '+ '); }
      make('span', head, module);
      const body = make('div', main);
      let isOpen = false;
      const toggle = () => {
        isOpen = !isOpen;
        if (!isOpen) { body.textContent = ''; return; }
        setTimeout(() => { body.textContent = ''; (guess.layout === 'table' ? table : grid)(rows, body); }, guess.late);
      };
      head.addEventListener(guess.headEvent || 'click', toggle);
      if (guess.open) { toggle(); }
    }
  }
  // One list of all headings and rows, of which only those in view exist, in elements that are used again.
  function recycled() {
    const items = modules.flatMap((module) => [module, ...DATA.rows.filter((row) => row.module === module)]);
    const height = 30, pool = [];
    const top = make('div', null, '', 'display:flex');
    heads(top, 'div');
    main.before(top);
    make('div', main, '', 'height:' + items.length * height + 'px;width:1px');
    for (let each = 0; each < 12; each += 1) { pool.push(make('div', main, '', 'position:absolute;display:flex;height:30px')); }
    const draw = () => {
      const first = Math.max(0, Math.floor(main.scrollTop / height) - 1);
      for (let index = first; index < first + pool.length; index += 1) {
        const el = pool[index % pool.length], item = items[index];
        if (el.item === item) { continue; }
        el.item = item;
        el.textContent = '';
        el.style.top = index * height + 'px';
        if (typeof item === 'string') { make('b', el, item, 'width:700px'); } else if (item) { cells(item, el, 'div'); }
      }
    };
    main.addEventListener('scroll', () => setTimeout(draw, 20));
    draw();
  }
  if (guess.layout === 'recycled') { recycled(); } else { setTimeout(sections, guess.late); }
  window.dialog = function () {
    const mask = make('div', document.body, '', 'position:fixed;inset:0;background:#0006;z-index:100');
    const box = make('div', mask, 'Your session ends soon.', 'margin:200px auto;width:300px;background:#fff');
    for (const name of ['OK', 'All', 'None']) { make('div', box, name).addEventListener('click', pressed('other')); }
  };
  if (guess.dialog) { window.dialog(); }
}());
