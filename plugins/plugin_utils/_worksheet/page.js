// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps ticks in this browser alone, counts them, copies names, and finds sheets where there are several.
(function () {
  'use strict';
  const PLACE = 'msp.connectwise.worksheet:';
  const all = (selector, node) => Array.from((node || document).querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);
  const shown = (time) => time.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const plural = (number, noun) => number + ' ' + noun + (number === 1 ? '' : 's');

  let store = null;
  try { store = window.localStorage; store.getItem(PLACE); } catch (error) { store = null; }
  const memory = new Map();
  const get = (name) => (store ? store.getItem(name) : memory.get(name)) || '';
  function set(name, value) {
    try { if (store) { if (value) { store.setItem(name, value); } else { store.removeItem(name); } return; } } catch (error) { lost(); }
    memory.set(name, value);
  }
  function lost() { store = null; byId('kept').textContent = byId('kept').dataset.lost; }

  // --- steps and their ticks -------------------------------------------------------------------
  // A step's name says what is to be done, so a tick doesn't outlive its step. A run reads levels and keys, so a tick
  // that is older than the run that still lists the step doesn't count; of Table Setup only the person knows.
  // The page of one instance has the date of the last such run as its file's own; a web server may send another.
  const written = window.location.protocol === 'file:' ? document.lastModified : '';
  const sheets = all('[data-sheet]').map((body) => {
    const sheet = { body: body, node: body.closest('.sheet'), checked: new Date(body.dataset.verified || written) };
    sheet.count = sheet.node ? sheet.node.querySelector('.count') : null;
    sheet.steps = all('input[data-key]', body).map((box) => {
      const kind = box.closest('section').dataset.kind;
      const name = PLACE + JSON.stringify([body.dataset.sheet, kind, box.dataset.key, box.dataset.want]);
      return { box: box, kind: kind, name: name, holder: box.closest('tr, li'), sheet: sheet, state: '' };
    });
    return sheet;
  });
  function stateOf(step) {
    const when = new Date(get(step.name));
    if (Number.isNaN(when.getTime())) { return ''; }
    return step.kind !== 'table' && when < step.sheet.checked ? 'stale' : 'ticked';
  }
  function refresh(sheet) {
    sheet.steps.forEach((step) => {
      step.state = stateOf(step);
      step.box.checked = step.state === 'ticked';
      step.box.closest('label').className = step.state;
    });
    new Set(sheet.steps.map((step) => step.holder)).forEach((holder) => {
      const old = holder.querySelector('.note');
      if (old) { old.remove(); }
      if (!holder.querySelector('label.stale')) { return; }
      const note = document.createElement('small');
      note.className = 'note';
      note.textContent = 'Ticked earlier, but still to do as of ' + shown(sheet.checked) + '.';
      (holder.querySelector('th') || holder).append(note);
    });
    sheet.rows.forEach((row) => {
      const done = row.steps.filter((step) => step.state === 'ticked').length;
      row.box.checked = done === row.steps.length;
      row.box.indeterminate = done > 0 && done < row.steps.length;
    });
    sheet.done = sheet.steps.filter((step) => step.state === 'ticked').length;
    if (sheet.count) {
      sheet.count.textContent = sheet.done + ' of ' + plural(sheet.steps.length, 'step') + ' ticked';
      sheet.count.className = 'count ' + (sheet.done === sheet.steps.length ? 'go' : 'dim');
    }
  }
  function tick(steps, on) {
    const now = on ? new Date().toISOString() : '';
    steps.forEach((step) => set(step.name, now));
    refresh(steps[0].sheet);
    totals();
  }
  function totals() {
    const steps = sheets.reduce((sum, sheet) => sum + sheet.steps.length, 0);
    const done = sheets.reduce((sum, sheet) => sum + sheet.done, 0);
    byId('progress').max = steps || 1;
    byId('progress').value = steps ? done : 1;
    const whole = sheets.filter((sheet) => sheet.done === sheet.steps.length).length;
    byId('count').textContent = done + ' of ' + plural(steps, 'step') + ' ticked'
      + (sheets.length > 1 ? '; ' + whole + ' of ' + plural(sheets.length, 'worksheet') + ' completely' : '') + '.';
  }

  // A box for a whole row of levels.
  sheets.forEach((sheet) => {
    sheet.rows = all('tbody tr', sheet.body).map((row) => {
      const head = row.querySelector('th');
      const box = document.createElement('input');
      const label = document.createElement('label');
      box.type = 'checkbox';
      box.setAttribute('aria-label', 'All levels of ' + head.textContent);
      label.append(box, ...head.childNodes);
      head.append(label);
      const steps = sheet.steps.filter((step) => step.holder === row);
      box.addEventListener('change', () => tick(steps, box.checked));
      return { box: box, steps: steps };
    });
    sheet.steps.forEach((step) => step.box.addEventListener('change', () => tick([step], step.box.checked)));
  });

  // --- copying ---------------------------------------------------------------------------------
  all('[data-copy]').forEach((code) => {
    const text = code.textContent;
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
    code.after(' ', button);
  });

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
    if (sheets.length > 1) { nodes.forEach((node) => { node.open = false; }); }
    filter();
  }

  all('time').forEach((time) => {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) { time.textContent = shown(moment); }
  });
  if (!store) { lost(); }
  sheets.forEach(refresh);
  totals();
  if (form) { startFilter(); }
  byId('bar').hidden = false;
  window.addEventListener('storage', () => { sheets.forEach(refresh); totals(); });
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = open().filter((node) => !node.open);
    closed.forEach((node) => { node.open = true; });
  });
  window.addEventListener('afterprint', () => { closed.forEach((node) => { node.open = false; }); });
}());
