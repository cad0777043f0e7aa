// SPDX-License-Identifier: GPL-3.0-or-later
// Saves ticks in this browser only, counts them, copies names, and filters sheets if there are several.
(function () {
  'use strict';
  const PLACE = 'msp.connectwise.worksheet:';
  const all = (selector, node) => Array.from((node || document).querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);
  const clock = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'short' });
  const plural = (number, noun) => number + ' ' + noun + (number === 1 ? '' : 's');

  let store = null;
  try { store = window.localStorage; store.getItem(PLACE); } catch (error) { store = null; }
  function lost() { store = null; byId('kept').textContent = byId('kept').dataset.lost; }

  // --- ticks -----------------------------------------------------------------------------------
  // A step's name says what to do, so a tick doesn't outlive its step. A run reads levels and keys, so a tick that is
  // older than a run that still lists the step doesn't count; a Customize list can't be read, so its ticks count.
  // On the page of one instance, the date of that run is the file's own date; a web server may send another.
  // A page may have a thousand sheets, so each is prepared only once it has ticks or is opened.
  const written = window.location.protocol === 'file:' ? document.lastModified : '';
  const sheets = all('[data-sheet]').map((body) => {
    const node = body.closest('.sheet');
    return {
      body: body, node: node, count: node ? node.querySelector('.count') : null, total: Number(body.dataset.steps),
      checked: new Date(body.dataset.verified || written), done: 0, steps: null, rows: [], ticks: {},
    };
  });
  const of = new Map(sheets.map((sheet) => [sheet.body, sheet]));
  const sheetOf = (element) => of.get(element.closest('[data-sheet]'));

  function load(sheet) {
    if (!store) { return; }
    let found = null;
    try { found = JSON.parse(store.getItem(PLACE + sheet.body.dataset.sheet)); } catch (error) { found = null; }
    sheet.ticks = found !== null && typeof found === 'object' ? found : {};
  }
  function save(sheet) {
    const name = PLACE + sheet.body.dataset.sheet;
    try {
      if (!store) { return; }
      if (Object.keys(sheet.ticks).length) { store.setItem(name, JSON.stringify(sheet.ticks)); } else { store.removeItem(name); }
    } catch (error) { lost(); }
  }
  function stateOf(sheet, step) {
    if (step.box.dataset.seen !== undefined) { return 'seen'; }
    const when = new Date(sheet.ticks[step.name] || '');
    if (Number.isNaN(when.getTime())) { return ''; }
    return step.kind !== 'list' && when < sheet.checked ? 'stale' : 'ticked';
  }
  function prepare(sheet) {
    if (sheet.steps) { return; }
    sheet.steps = all('input[data-key]', sheet.body).map((box) => {
      const kind = box.closest('section').dataset.kind;
      const name = JSON.stringify([kind, box.dataset.key, box.dataset.want]);
      return { box: box, kind: kind, name: name, holder: box.closest('tr, li'), state: '' };
    });
    sheet.rows = all('tbody tr', sheet.body).map((row) => {
      const head = row.querySelector('th');
      const box = document.createElement('input');
      const label = document.createElement('label');
      box.type = 'checkbox';
      box.setAttribute('aria-label', 'All levels of ' + head.textContent);
      label.append(box, ...head.childNodes);
      head.append(label);
      return { box: box, steps: sheet.steps.filter((step) => step.holder === row) };
    });
    all('[data-copy]', sheet.body).forEach((code) => code.after(' ', copier(code.textContent)));
  }
  function show(sheet) {
    if (!sheet.steps && Object.keys(sheet.ticks).length) { prepare(sheet); }
    if (sheet.steps) {
      sheet.steps.forEach((step) => {
        step.state = stateOf(sheet, step);
        step.box.checked = step.state === 'ticked' || step.state === 'seen';
        step.box.closest('label').className = step.state;
      });
      new Set(sheet.steps.map((step) => step.holder)).forEach((holder) => {
        const old = holder.querySelector('.note');
        if (old) { old.remove(); }
        if (!holder.querySelector('label.stale')) { return; }
        const note = document.createElement('small');
        note.className = 'note';
        note.textContent = 'Ticked earlier, but still not done as of ' + clock.format(sheet.checked) + '.';
        (holder.querySelector('th') || holder).append(note);
      });
      sheet.rows.forEach((row) => {
        const done = row.steps.filter((step) => step.box.checked).length;
        row.box.checked = done === row.steps.length;
        row.box.indeterminate = done > 0 && done < row.steps.length;
      });
      sheet.done = sheet.steps.filter((step) => step.box.checked).length;
    }
    if (sheet.count) {
      sheet.count.textContent = sheet.done + ' of ' + plural(sheet.total, 'step') + ' ticked';
      sheet.count.className = 'count ' + (sheet.done === sheet.total ? 'go' : 'dim');
    }
  }
  function totals() {
    const steps = sheets.reduce((sum, sheet) => sum + sheet.total, 0);
    const done = sheets.reduce((sum, sheet) => sum + sheet.done, 0);
    byId('progress').max = steps || 1;
    byId('progress').value = steps ? done : 1;
    const whole = sheets.filter((sheet) => sheet.done === sheet.total).length;
    byId('count').textContent = done + ' of ' + plural(steps, 'step') + ' ticked'
      + (sheets.length > 1 ? '; ' + whole + ' of ' + plural(sheets.length, 'worksheet') + ' complete' : '') + '.';
  }
  function lookAt(sheet) {
    if (sheet.steps) { return; }
    prepare(sheet);
    show(sheet);
  }
  document.addEventListener('change', (event) => {
    const sheet = sheetOf(event.target);
    if (!sheet) { return; }
    const on = event.target.checked;
    prepare(sheet);
    load(sheet);  // another window may have ticked meanwhile
    const row = sheet.rows.find((each) => each.box === event.target);
    (row ? row.steps : sheet.steps.filter((step) => step.box === event.target)).forEach((step) => {
      if (step.state === 'seen') { return; }
      if (on) { sheet.ticks[step.name] = new Date().toISOString(); } else { delete sheet.ticks[step.name]; }
    });
    save(sheet);
    show(sheet);
    totals();
  });

  // --- following a run that waits --------------------------------------------------------------
  // The run rewrites this file after each look, so the page reloads: a page opened from a file can't read other files.
  // The browser restores the scroll position; the focus is restored here.
  const FOCUS = 'msp.connectwise.focus';
  function follow(live) {
    const until = new Date(live.dataset.until), updated = new Date(live.dataset.updated);
    const seconds = Number(live.dataset.interval);
    const patience = (3 * seconds + 30) * 1000;
    function tick() {
      const now = Date.now();
      if (now - updated > patience) {
        live.textContent = live.dataset.over;
        live.className = 'live over';
      } else {
        const left = Math.max(0, Math.round((until - now) / 1000));
        byId('left').textContent = Math.floor(left / 60) + ':' + String(left % 60).padStart(2, '0') + ' left.';
        window.setTimeout(tick, 1000);
      }
    }
    tick();
    window.setTimeout(() => {
      const box = document.activeElement;
      try { window.sessionStorage.setItem(FOCUS, String(focusable().indexOf(box))); } catch (error) { /* it is lost */ }
      window.location.reload();
    }, seconds * 1000);
  }
  function focusable() { return all('input, button, a, select'); }
  function refocus() {
    try {
      const box = focusable()[Number(window.sessionStorage.getItem(FOCUS) || -1)];
      window.sessionStorage.removeItem(FOCUS);
      if (box) { box.focus({ preventScroll: true }); }
    } catch (error) { /* it was lost */ }
  }

  // --- copying ---------------------------------------------------------------------------------
  function copier(text) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy ' + text);
    const say = (word) => { button.textContent = word; window.setTimeout(() => { button.textContent = 'Copy'; }, 1500); };
    const byHand = () => {
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      say(document.execCommand('copy') ? 'Copied' : 'Not copied');
      area.remove();
      button.focus();
    };
    button.addEventListener('click', () => {
      if (navigator.clipboard) { navigator.clipboard.writeText(text).then(() => say('Copied'), byHand); } else { byHand(); }
    });
    return button;
  }

  // --- several sheets --------------------------------------------------------------------------
  const nodes = all('.sheet');
  const form = byId('filter');
  const visible = () => nodes.filter((node) => !node.hidden && !node.closest('.instance').hidden);
  const open = () => visible().filter((node) => node.dataset.state === 'open');
  function filter() {
    const words = form.elements.words.value.trim().toLowerCase();
    const vendor = form.elements.vendor.value;
    const state = form.elements.state.value;
    nodes.forEach((node) => {
      node.hidden = (vendor !== '' && node.dataset.vendor !== vendor) || (state !== '' && node.dataset.state !== state);
    });
    all('.instance').forEach((instance) => {
      instance.hidden = !instance.dataset.words.toLowerCase().includes(words) || !instance.querySelector('.sheet:not([hidden])');
    });
    byId('none').hidden = visible().length > 0;
  }
  function move(by) {
    const reach = open();
    if (!reach.length) { return; }
    const at = reach.findIndex((node) => node.contains(document.activeElement));
    const next = reach[at < 0 ? (by > 0 ? 0 : reach.length - 1) : (at + by + reach.length) % reach.length];
    next.open = true;
    next.querySelector('summary').focus();
    next.scrollIntoView({ block: 'start' });
  }
  function startFilter() {
    if (sheets.length > 1) { nodes.forEach((node) => { node.open = false; }); }
    form.reset();
    form.elements.state.value = sheets.length ? 'open' : '';
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', filter);
    form.addEventListener('change', filter);
    form.elements.open.addEventListener('click', () => open().forEach((node) => { node.open = true; }));
    form.elements.close.addEventListener('click', () => open().forEach((node) => { node.open = false; }));
    document.addEventListener('keydown', (event) => {
      const types = event.target.matches('input[type=search], select, textarea');
      if (event.ctrlKey || event.metaKey || event.altKey || types) { return; }
      if (event.key === 'n') { move(1); } else if (event.key === 'p') { move(-1); } else if (event.key === '/') {
        form.elements.words.focus();
        event.preventDefault();
      }
    });
    filter();
  }

  all('time').forEach((time) => {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) { time.textContent = clock.format(moment); }
  });
  if (!store) { lost(); }
  if (form) { startFilter(); }
  function showAll() { sheets.forEach((sheet) => { load(sheet); show(sheet); }); totals(); }
  showAll();
  sheets.forEach((sheet) => {
    if (!sheet.node || sheet.node.open) { lookAt(sheet); }
    if (sheet.node) { sheet.node.addEventListener('toggle', () => { if (sheet.node.open) { lookAt(sheet); } }); }
  });
  totals();
  byId('bar').hidden = sheets.length === 0;
  if (byId('live')) { follow(byId('live')); }
  refocus();
  window.addEventListener('storage', showAll);
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = open().filter((node) => !node.open);
    closed.forEach((node) => { node.open = true; });
  });
  window.addEventListener('afterprint', () => { closed.forEach((node) => { node.open = false; }); });
}());
