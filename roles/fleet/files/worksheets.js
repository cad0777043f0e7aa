// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the sheets. What they say becomes text of nodes, never markup. Ticks are kept in this browser alone.
(function () {
  'use strict';
  const VERBS = ['add', 'edit', 'delete', 'inquire'];
  const PLACE = 'msp.connectwise.worksheets:';
  const data = JSON.parse(document.getElementById('document').textContent);
  const main = document.getElementById('sheets');
  const bar = document.getElementById('bar');
  let store = null;
  try { store = window.localStorage; store.getItem(PLACE); } catch (error) { store = null; }
  const memory = {};

  function el(tag, properties, ...children) {
    const node = document.createElement(tag);
    Object.entries(properties || {}).forEach(([name, value]) => {
      if (name.startsWith('on')) { node.addEventListener(name.slice(2), value); }
      else if (name in node && name !== 'list') { node[name] = value; }
      else { node.setAttribute(name, value); }
    });
    children.flat().forEach((child) => { if (child !== null && child !== undefined && child !== '') { node.append(child); } });
    return node;
  }
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const time = (text) => new Date(text).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const plural = (number, noun) => number + ' ' + noun + (number === 1 ? '' : 's');

  // --- steps and their ticks -----------------------------------------------------------------
  // A step's key says what is to be done, so a tick doesn't outlive its step. The next run reads levels and keys, so
  // a tick that is older than what it found doesn't count; of Table Setup only the person knows.
  function stepsOf(sheet) {
    const rows = new Map();
    sheet.levels.forEach((cell) => {
      const name = cell.module + ' / ' + cell.function;
      if (!rows.has(name)) { rows.set(name, { kind: 'level', module: cell.module, function: cell.function, cells: {} }); }
      rows.get(name).cells[cell.verb] = cell;
    });
    const levels = [...rows.values()];
    levels.forEach((row) => {
      row.key = 'level/' + row.module + '/' + row.function + '/' + VERBS.map((verb) => row.cells[verb] ? row.cells[verb].should_be : '').join(',');
    });
    const tables = sheet.table_setup.mode === 'none' ? [] : sheet.table_setup.entries.map((entry) => (
      { kind: 'table', text: entry, key: 'table/' + sheet.table_setup.mode + '/' + entry }));
    const keys = sheet.key_steps.map((text) => ({ kind: 'key', text: text, key: 'key/' + text }));
    return [...levels, ...tables, ...keys];
  }
  data.sheets.forEach((sheet) => { sheet.steps = sheet.state === 'open' ? stepsOf(sheet) : []; });
  const place = (sheet, step) => PLACE + sheet.id + ':' + step.key;
  function ticked(sheet, step) {
    const name = place(sheet, step);
    const when = store ? store.getItem(name) : memory[name];
    if (!when) { return ''; }
    return step.kind !== 'table' && when < sheet.verified ? 'stale' : 'ticked';
  }
  function tick(sheet, step, on) {
    const name = place(sheet, step);
    const now = new Date().toISOString();
    if (!store) { memory[name] = on ? now : ''; }
    else if (on) { store.setItem(name, now); } else { store.removeItem(name); }
    refresh(sheet);
  }
  const doneOf = (sheet) => sheet.steps.filter((step) => ticked(sheet, step) === 'ticked').length;

  // --- one sheet -----------------------------------------------------------------------------
  function copy(text) {
    const button = el('button', { type: 'button', textContent: 'copy', 'aria-label': 'Copy ' + text });
    button.addEventListener('click', () => {
      const said = (word) => { button.textContent = word; window.setTimeout(() => { button.textContent = 'copy'; }, 1500); };
      const byHand = () => {
        const area = el('textarea', { value: text }); document.body.append(area); area.select();
        said(document.execCommand('copy') ? 'copied' : 'copy it by hand'); area.remove(); button.focus();
      };
      if (navigator.clipboard) { navigator.clipboard.writeText(text).then(() => said('copied'), byHand); } else { byHand(); }
    });
    return el('span', { className: 'copy' }, el('code', { textContent: text }), button);
  }
  function box(sheet, step, label) {
    const input = el('input', { type: 'checkbox', onchange: (event) => tick(sheet, step, event.target.checked) });
    if (label) { input.setAttribute('aria-label', label); }
    return input;
  }
  function note(sheet, node, step, input, beside) {
    const state = ticked(sheet, step);
    input.checked = state === 'ticked';
    node.classList.toggle('ticked', state === 'ticked');
    const old = beside.querySelector('.stale');
    if (old) { old.remove(); }
    if (state === 'stale') { beside.append(el('span', { className: 'stale', textContent: 'ticked before, but the run of ' + time(sheet.verified) + ' found it still open' })); }
  }
  function row(sheet, step, watch) {
    const name = step.module + ' / ' + step.function;
    const input = box(sheet, step, name);
    const head = el('th', { scope: 'row', textContent: step.function });
    const node = el('tr', {}, el('td', { className: 'tick' }, input), head, VERBS.map((verb) => {
      const cell = step.cells[verb];
      return el('td', { className: 'verb', 'data-verb': capital(verb) }, cell ? [
        el('span', { className: 'was', textContent: capital(cell.is) + ' \u2192 ' }), el('span', { className: 'want', textContent: capital(cell.should_be) })] : []);
    }));
    node.addEventListener('click', (event) => { if (event.target.closest('input, button') === null) { input.click(); } });
    watch.push(() => note(sheet, node, step, input, head));
    return node;
  }
  function item(sheet, step, watch) {
    const input = box(sheet, step);
    const text = el('span', { textContent: step.text });
    const node = el('li', {}, el('label', {}, input, text));
    watch.push(() => note(sheet, node, step, input, node));
    return node;
  }
  function levels(sheet, steps, watch) {
    const cells = sheet.levels.length;
    const modules = [...new Set(steps.map((step) => step.module))];
    return [
      el('h3', { textContent: 'Security role' }),
      el('p', {}, 'Open System > Security Roles > ', copy(sheet.role), '. Change these ' + plural(cells, 'level') + ' and no others, then save.'),
      modules.map((module) => [
        el('h4', { textContent: module }),
        el('table', {}, el('thead', {}, el('tr', {}, el('th', { className: 'tick', scope: 'col', textContent: 'Done' }), el('th', { scope: 'col', textContent: 'Function' }),
          VERBS.map((verb) => el('th', { className: 'verb', scope: 'col', textContent: capital(verb) })))),
        el('tbody', {}, steps.filter((step) => step.module === module).map((step) => row(sheet, step, watch)))),
      ]).flat(),
    ].flat();
  }
  function tables(sheet, steps, watch) {
    const disallow = sheet.table_setup.mode === 'disallow';
    return [
      el('h3', { textContent: 'Table Setup' }),
      el('p', {}, 'In the role ', copy(sheet.role), ', click customize beside System / Table Setup. ' + (disallow
        ? 'Allow all tables, and move only these to "Disallow access to these":'
        : 'Move everything to "Disallow access to these", and only these to "Allow access to these":')),
      el('ul', { className: 'ticks' }, steps.map((step) => item(sheet, step, watch))),
      el('p', { className: 'dim' }, 'REST can neither set nor read this list. Once it is done, add ', copy(sheet.vendor), ' to the list cw_confirmed of ' + sheet.host + ' in the inventory.'),
    ];
  }
  function keys(sheet, steps, watch) {
    return [
      el('h3', { textContent: 'API key' }),
      el('p', {}, 'Member ', copy(sheet.member), ' description ', copy(sheet.key_description)),
      el('ol', {}, steps.map((step) => item(sheet, step, watch))),
      el('p', {}, 'Both keys go into ', copy(sheet.pair_file)),
    ];
  }
  function fill(sheet) {
    if (sheet.body.childNodes.length) { return; }
    sheet.watch = [];
    const of = (kind) => sheet.steps.filter((step) => step.kind === kind);
    const parts = [
      of('level').length ? levels(sheet, of('level'), sheet.watch) : [],
      of('table').length ? tables(sheet, of('table'), sheet.watch) : [],
      of('key').length ? keys(sheet, of('key'), sheet.watch) : [],
      [el('p', { className: 'dim', textContent: 'Then run the playbook again: it verifies what was done, and this sheet is done.' })],
    ];
    sheet.body.append(...parts.flat());
    sheet.watch.forEach((look) => look());
  }
  function refresh(sheet) {
    if (sheet.watch) { sheet.watch.forEach((look) => look()); }
    show(sheet);
    totals();
  }
  function show(sheet) {
    if (sheet.state === 'done') { return; }
    const done = doneOf(sheet);
    sheet.count.textContent = done + ' of ' + plural(sheet.steps.length, 'step');
    sheet.count.className = done === sheet.steps.length ? 'go' : 'dim';
    if (done === sheet.steps.length) { sheet.count.textContent += ', run the playbook to verify'; }
  }
  function draw(sheet) {
    sheet.count = el('span', { className: 'dim' });
    if (sheet.state === 'done') {
      sheet.count.textContent = 'done'; sheet.count.className = 'go';
      sheet.node = el('div', { className: 'sheet done' }, el('p', { className: 'body' }, el('b', { textContent: sheet.product }), ' ', sheet.count,
        el('span', { className: 'dim', textContent: ', the run of ' + time(sheet.done) + ' found nothing left' })));
      return sheet.node;
    }
    sheet.body = el('div', { className: 'body' });
    sheet.node = el('details', { className: 'sheet', ontoggle: () => { if (sheet.node.open) { fill(sheet); } } },
      el('summary', {}, el('b', { textContent: sheet.product }), sheet.count, el('span', { className: 'dim when', textContent: 'open since ' + time(sheet.since) })), sheet.body);
    show(sheet);
    return sheet.node;
  }

  // --- all sheets ----------------------------------------------------------------------------
  const hosts = [...new Set(data.sheets.map((sheet) => sheet.host))];
  const vendors = [...new Map(data.sheets.map((sheet) => [sheet.vendor, sheet.product]))].sort((one, other) => one[1].localeCompare(other[1]));
  const search = el('input', { type: 'search', oninput: filter, 'aria-label': 'Instance or company', placeholder: 'Instance or company' });
  const vendor = el('select', { onchange: filter, 'aria-label': 'Vendor' }, el('option', { value: '', textContent: 'All vendors' }), vendors.map(([id, name]) => el('option', { value: id, textContent: name })));
  const state = el('select', { onchange: filter, 'aria-label': 'State' }, ['open', 'done', 'all'].map((name) => el('option', { value: name, textContent: { open: 'Open', done: 'Done', all: 'Open and done' }[name] })));
  const progress = el('progress', { value: 0, max: 1 });
  progress.setAttribute('aria-label', 'Steps ticked');
  const count = el('p', { className: 'count', role: 'status' });
  count.setAttribute('role', 'status');
  const none = el('p', { className: 'none dim', hidden: true, textContent: 'No sheet fits.' });
  const sections = hosts.map((host) => {
    const sheets = data.sheets.filter((sheet) => sheet.host === host);
    const first = sheets[0];
    const node = el('section', { className: 'instance' }, el('header', {}, el('h2', { textContent: host }),
      el('span', { className: 'dim', textContent: 'company ' + first.company + ', ' + first.api })), sheets.map(draw));
    return { host: host, node: node, sheets: sheets, words: (host + ' ' + first.company + ' ' + first.api).toLowerCase() };
  });
  const visible = () => data.sheets.filter((sheet) => sheet.node.isConnected && !sheet.node.hidden && !sheet.node.parentNode.hidden);

  function filter() {
    const words = search.value.trim().toLowerCase();
    let any = false;
    sections.forEach((section) => {
      section.sheets.forEach((sheet) => {
        sheet.node.hidden = (vendor.value !== '' && sheet.vendor !== vendor.value) || (state.value !== 'all' && sheet.state !== state.value);
      });
      section.node.hidden = !section.words.includes(words) || section.sheets.every((sheet) => sheet.node.hidden);
      any = any || !section.node.hidden;
    });
    none.hidden = any;
  }
  function totals() {
    const open = data.sheets.filter((sheet) => sheet.state === 'open');
    const steps = open.reduce((sum, sheet) => sum + sheet.steps.length, 0);
    const done = open.reduce((sum, sheet) => sum + doneOf(sheet), 0);
    const whole = open.filter((sheet) => doneOf(sheet) === sheet.steps.length).length;
    progress.max = steps || 1;
    progress.value = steps ? done : 1;
    count.textContent = plural(open.length, 'sheet') + ' open, ' + whole + ' of them ticked to the end; ' + done + ' of ' + plural(steps, 'step') + ' ticked; ' + (data.sheets.length - open.length) + ' done';
  }
  function move(by) {
    const sheets = visible().filter((sheet) => sheet.state === 'open');
    if (!sheets.length) { return; }
    const at = sheets.findIndex((sheet) => sheet.node.contains(document.activeElement));
    const next = sheets[at < 0 ? (by > 0 ? 0 : sheets.length - 1) : (at + by + sheets.length) % sheets.length];
    next.node.open = true;
    next.node.querySelector('summary').focus();
    next.node.scrollIntoView({ block: 'start' });
  }
  function toggleAll(open) { visible().forEach((sheet) => { if (sheet.state === 'open') { if (open) { fill(sheet); } sheet.node.open = open; } }); }

  bar.append(progress, count, el('form', { onsubmit: (event) => event.preventDefault() }, search, vendor, state,
    el('button', { type: 'button', textContent: 'Open all', onclick: () => toggleAll(true) }), el('button', { type: 'button', textContent: 'Close all', onclick: () => toggleAll(false) }),
    el('span', { className: 'dim help', textContent: 'n next, p previous, / search' })));
  document.getElementById('what').textContent = "What REST can't do; everything else is done. As of " + time(data.generated) + '. Ticks are kept in this browser.';
  main.append(...sections.map((section) => section.node), none);
  if (!data.counts.open && data.sheets.length) { state.value = 'all'; }
  filter();
  totals();
  const first = data.sheets.filter((sheet) => sheet.state === 'open');
  if (first.length === 1) { fill(first[0]); first[0].node.open = true; }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input[type=search], select, textarea')) { return; }
    if (event.key === 'n') { move(1); } else if (event.key === 'p') { move(-1); } else if (event.key === '/') { search.focus(); event.preventDefault(); }
  });
  window.addEventListener('storage', () => { data.sheets.forEach((sheet) => { if (sheet.state === 'open') { refresh(sheet); } }); });
  let closed = [];
  window.addEventListener('beforeprint', () => { closed = visible().filter((sheet) => sheet.state === 'open' && !sheet.node.open); toggleAll(true); });
  window.addEventListener('afterprint', () => { closed.forEach((sheet) => { sheet.node.open = false; }); });
}());
