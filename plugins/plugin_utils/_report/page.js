// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the audit. The contents of the document become text nodes, never markup.
(function () {
  'use strict';
  const audit = JSON.parse(document.getElementById('document').textContent);
  const app = document.getElementById('app');
  const VERBS = ['add', 'edit', 'delete', 'inquire'];
  const LEVELS = { A: 'all', M: 'my', '-': 'none', '.': 'lacks' };
  const WORDS = { all: 'all', my: 'my', none: 'none', lacks: 'not offered' };
  const KINDS = { missing: 'missing', excess: 'in excess', absent: 'not offered here' };
  const MATCHED = { map: 'audit_map, set for this audit', member: "the member's name", role: "the role's name" };
  const RULES = { // the most dangerous first
    unreadable: 'Unreadable', admin: 'Admin role', missing: 'Missing permissions', 'dead-credentials': 'Dead credentials',
    'integrator-login': 'Integrator login', excess: 'Permissions in excess', 'own-missing': 'Own member lacks permissions', 'shared-role': 'Shared role',
    'beyond-catalogue': 'Beyond what is published', 'member-without-role': 'Member without a role', 'unknown-member': 'Unknown vendor',
    'unknown-need': 'Permissions of unknown need', 'own-excess': 'Own member can do more', 'inactive-role': 'Inactive role', 'role-without-members': 'Role without members'
  };
  const FEW = 2; // instances to name for a finding on many
  const GRADES = [['error', 'Errors'], ['warning', 'Warnings'], ['note', 'Notes']];
  const ROWS = 200; // of the members, until all are requested or printed
  const FOUND = 50; // the same for each level of findings, since they stand above the members
  const OPEN = 20; // warnings that are shown without a click
  const COLUMNS = 24; // of the heat map at a time
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

  // nodes

  function make(tag, given, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(given || {})) {
      if (key === 'class') { node.className = value; }
      else if (key.startsWith('on')) { node.addEventListener(key.slice(2), value); }
      else if (value === true) { node.setAttribute(key, ''); }
      else if (value !== false && value !== null && value !== undefined) { node.setAttribute(key, value); }
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  const bdi = (text) => make('bdi', null, String(text));
  const hidden = (text) => make('span', { class: 'vh' }, text);
  const fill = (node, ...children) => { node.replaceChildren(...children); return node; };
  const many = (count, one, more) => count + ' ' + (count === 1 ? one : more);
  const number = (value, style) => make('span', { class: value ? style : 'zero' }, String(value));
  const head = (names) => make('thead', null, make('tr', null, ...names.map(([text, style]) => make('th', { scope: 'col', class: style || '' }, text))));
  const key = (module, name) => module + '\u0000' + name;

  // what is shown, derived from the document once

  const NONE = [];
  const SHARED = 20; // members with the same role that are named
  const products = new Map(audit.catalogue.map((entry) => [entry.vendor, entry]));
  const members = [];
  audit.instances.forEach((instance) => {
    const names = new Map();
    instance.functions.forEach((entry) => names.set(entry.function, (names.get(entry.function) || 0) + 1));
    const places = new Map(instance.functions.map((entry, index) => [key(entry.module, entry.function), index]));
    const labels = instance.functions.map((entry) => names.get(entry.function) > 1 ? entry.module + ' ' + entry.function : entry.function);
    const roles = new Map(instance.roles.map((role) => [role.id, role]));
    const deleting = new Map(instance.roles.map((role) => [role, role.levels.reduce((all, word, at) => {
      if (word[2] === 'A' || word[2] === 'M') { all.push(labels[at] + (word[2] === 'M' ? ' (my)' : '')); }
      return all;
    }, [])]));
    instance.members.forEach((entry) => {
      const role = roles.get(entry.role_id);
      const product = products.get(entry.vendor);
      const member = {
        instance, entry, places, index: members.length, active: entry.active,
        levels: entry.active && role ? role.levels : NONE,
        users: entry.active && role ? role.members : NONE,
        deleting: entry.active && role ? deleting.get(role) : NONE,
        compared: entry.comparison === null ? NONE : instance.comparisons[entry.comparison].cells,
        open: entry.comparison === null ? NONE : instance.comparisons[entry.comparison].unknown,
        vendor: entry.vendor === null ? null : (product && product.product) || entry.vendor,
        product: product || null,
        deletes: entry.active && (entry.admin || entry.grants.delete > 0)
      };
      member.search = [entry.identifier, entry.name, instance.name, entry.role || '', member.vendor || ''].join('\n').toLowerCase();
      members.push(member);
    });
  });
  const strongest = members.reduce((most, member) => Math.max(most, member.entry.power), 1);

  /** Levels and kinds of a member, a word of eight letters for each function: four levels, four kinds. */
  function cells(member, published) {
    const slot = published ? 'after' : 'before';
    if (member[slot]) { return member[slot]; }
    const words = member.levels.map((word) => (word + '....').slice(0, 4).split('').concat('    '.split('')));
    member.compared.forEach((cell) => {
      const at = member.places.get(key(cell.module, cell.function));
      const verb = VERBS.indexOf(cell.verb);
      if (at === undefined || !words[at] || verb < 0 || cell.kind === 'absent') { return; }
      if (published) { words[at][verb] = { all: 'A', my: 'M', none: '-' }[cell.should_be] || words[at][verb]; }
      words[at][4 + verb] = published ? 'f' : cell.kind === 'missing' ? 'm' : 'x';
    });
    member.open.forEach((cell) => {
      const at = member.places.get(key(cell.module, cell.function));
      const verb = VERBS.indexOf(cell.verb);
      if (at !== undefined && words[at] && verb >= 0) { words[at][4 + verb] = 'u'; }
    });
    member[slot] = words.map((word) => word.join(''));
    return member[slot];
  }
  const level = (word, verb) => LEVELS[word[verb]] || 'lacks';
  const kind = (word, verb) => ({ m: 'missing', x: 'excess', f: 'fixed', u: 'unsure' })[word[4 + verb]] || '';
  const grants = (word) => word !== undefined && /[AM]/.test(word.slice(0, 4));
  function say(word) {
    return VERBS.map((verb, at) => {
      const extra = { missing: ' (missing)', excess: ' (in excess)', fixed: ' (changed)', unsure: ' (of unknown need)', '': '' }[kind(word, at)];
      return verb + ' ' + WORDS[level(word, at)] + extra;
    });
  }

  // state and controls

  const state = { text: '', instance: -1, toggles: new Set(), sort: 'power', down: true, all: false, published: false, rows: 'granted', page: 0, heat: -2, found: new Set() };
  const TOGGLES = [
    ['delete', 'Can delete', (member) => member.deletes],
    ['excess', 'With excess', (member) => member.entry.counts.excess > 0],
    ['missing', 'With missing', (member) => member.entry.counts.missing > 0],
    ['admin', 'Admin', (member) => member.active && member.entry.admin],
    ['unknown', 'Unknown vendor', (member) => member.active && member.vendor === null && !member.entry.own]
  ];
  const boxes = new Map();
  const tiles = new Map();
  let shown = [];

  function toggle(name, on) {
    if (on) { state.toggles.add(name); } else { state.toggles.delete(name); }
    boxes.get(name).checked = on;
    filter();
  }
  const search = make('input', { type: 'search', id: 'text', autocomplete: 'off', spellcheck: 'false', oninput: () => { state.text = search.value.trim().toLowerCase(); soon(filter); } });
  function pick(label, options, change) {
    const select = make('select', { onchange: () => change(Number(select.value)) }, ...options.map(([value, text]) => make('option', { value }, text)));
    return [select, make('label', null, label, select)];
  }
  const [instances, instanceLabel] = pick('Instance', [[-1, 'All instances']].concat(audit.instances.map((instance, at) => [at, instance.name])), (value) => { state.instance = value; state.heat = -2; filter(); });
  const status = make('p', { role: 'status' });
  const clear = make('button', { type: 'button', class: 'push', onclick: () => {
    state.text = search.value = ''; state.instance = -1; state.heat = -2; instances.value = '-1'; state.toggles.clear();
    boxes.forEach((box) => { box.checked = false; });
    filter();
    search.focus();
  } }, 'Show all');
  TOGGLES.forEach(([name]) => boxes.set(name, make('input', { type: 'checkbox', onchange: (event) => toggle(name, event.target.checked) })));
  const bar = make('div', { class: 'bar', role: 'search', 'aria-label': 'Filter' },
    make('div', { class: 'controls' }, make('label', null, 'Filter', search), instanceLabel,
      ...TOGGLES.map(([name, label]) => make('label', { class: 'chip' }, boxes.get(name), label)), clear),
    status);
  document.querySelectorAll('.figures [data-filter]').forEach((place) => {
    const name = place.dataset.filter;
    const button = make('button', { type: 'button', 'aria-pressed': 'false', onclick: () => {
      toggle(name, !state.toggles.has(name));
      if (state.toggles.has(name)) { document.getElementById('members').scrollIntoView(); }
    } }, ...place.childNodes);
    place.append(button);
    tiles.set(name, button);
  });

  let waiting = null;
  function soon(task) {
    clearTimeout(waiting);
    waiting = setTimeout(task, 60);
  }

  // members

  const MEMBERS = [
    ['member', 'Member', (member) => member.entry.identifier],
    ['instance', 'Instance', (member) => member.instance.name],
    ['role', 'Role', (member) => member.entry.role || ''],
    ['vendor', 'Vendor', (member) => member.vendor || ''],
    ['missing', 'Missing', (member) => member.entry.counts.missing],
    ['excess', 'Excess', (member) => member.entry.counts.excess],
    ['delete', 'Can delete', (member) => member.entry.grants.delete],
    ['power', 'Power', (member) => member.entry.power]
  ];
  const NUMBERS = new Set(['missing', 'excess', 'delete', 'power']);
  const heads = new Map();
  const body = make('tbody');
  const more = make('p', { class: 'more' });
  MEMBERS.forEach(([name, label]) => {
    const button = make('button', { type: 'button', onclick: () => {
      state.down = state.sort === name ? !state.down : NUMBERS.has(name);
      state.sort = name;
      filter();
    } }, label);
    heads.set(name, make('th', { scope: 'col', class: 'c-' + name + (name !== 'delete' && NUMBERS.has(name) ? ' number' : '') }, button));
  });

  function badges(member) {
    const all = [];
    if (member.entry.admin) { all.push(' ', make('span', { class: 'badge bad' }, 'Admin')); }
    if (!member.active) { all.push(' ', make('span', { class: 'badge' }, 'inactive')); }
    if (member.entry.own) { all.push(' ', make('span', { class: 'badge' }, 'automation')); }
    return all;
  }
  function nobody(member) {
    if (member.entry.own) { return ['the automation itself']; }
    const alike = member.entry.suggestion;
    const product = alike && products.get(alike.vendor);
    return !member.active ? ['\u2013'] : alike ? ['unknown, perhaps ', bdi((product && product.product) || alike.vendor)] : ['unknown'];
  }
  function row(member) {
    if (member.row) { return member.row; }
    const entry = member.entry;
    const few = member.deleting.slice(0, 8).join(', ');
    const rest = member.deleting.length > 8 ? ' and ' + (member.deleting.length - 8) + ' more' : '';
    const bar = make('span', { class: 'power', 'aria-hidden': 'true' });
    bar.style.width = 100 * entry.power / strongest + '%';
    const compared = (count, style) => member.vendor === null ? make('span', { class: 'zero' }, '\u2013', hidden(' not compared')) : number(count, style);
    member.row = make('tr', null,
      make('th', { scope: 'row', class: 'c-member' },
        make('button', { type: 'button', class: 'link', 'aria-haspopup': 'dialog', onclick: () => open(member) }, make('span', { class: 'clamp' }, bdi(entry.identifier))), ...badges(member),
        make('span', { class: 'under', 'aria-hidden': 'true' }, bdi(member.instance.name), entry.role === null ? null : ' \u00b7 ', entry.role === null ? null : bdi(entry.role))),
      make('td', { class: 'c-instance' }, make('span', { class: 'clamp' }, bdi(member.instance.name))),
      make('td', { class: 'c-role' }, entry.role === null ? make('span', { class: 'zero' }, 'none') : make('span', { class: 'clamp' }, bdi(entry.role))),
      make('td', { class: 'c-vendor' }, member.vendor === null ? make('span', { class: 'zero' }, ...nobody(member)) : make('span', { class: 'clamp' }, bdi(member.vendor))),
      make('td', { class: 'c-missing number' }, compared(entry.counts.missing, 'short')),
      make('td', { class: 'c-excess number' }, compared(entry.counts.excess, 'bad')),
      make('td', { class: 'c-delete' }, make('b', { class: member.deletes ? '' : 'zero' }, member.deletes ? String(entry.grants.delete) : 'nothing'),
        entry.admin && member.deletes ? make('span', { class: 'what' }, 'everything') : few ? make('span', { class: 'what clamp' }, few + rest) : null),
      make('td', { class: 'c-power number' }, String(entry.power), bar));
    return member.row;
  }

  function filter() {
    const tests = TOGGLES.filter(([name]) => state.toggles.has(name)).map((entry) => entry[2]);
    const instance = state.instance < 0 ? null : audit.instances[state.instance];
    const value = MEMBERS.find(([name]) => name === state.sort)[2];
    const compare = NUMBERS.has(state.sort) ? (left, right) => left - right : collator.compare;
    shown = members.filter((member) => (instance === null || member.instance === instance)
      && (state.text === '' || member.search.includes(state.text)) && tests.every((test) => test(member)));
    shown = shown.map((member) => [value(member), member]);
    shown.sort((left, right) => (state.down ? -1 : 1) * compare(left[0], right[0]) || left[1].index - right[1].index);
    shown = shown.map((pair) => pair[1]);
    heads.forEach((th, name) => th.setAttribute('aria-sort', name === state.sort ? (state.down ? 'descending' : 'ascending') : 'none'));
    tiles.forEach((button, name) => button.setAttribute('aria-pressed', String(state.toggles.has(name))));
    state.page = 0;
    state.all = false;
    const deleting = shown.filter((member) => member.deletes).length;
    status.textContent = (shown.length === members.length ? 'All ' + many(members.length, 'member', 'members') : shown.length + ' of ' + many(members.length, 'member', 'members'))
      + ' shown; ' + deleting + ' can delete.';
    drawMembers();
    clearTimeout(pending);
    pending = setTimeout(finish, 30); // the table first: the rest is further down
  }
  let pending = null;
  function finish() {
    clearTimeout(pending);
    pending = null;
    drawHeat();
    drawFindings();
  }
  function drawMembers(all) {
    const most = all || state.all ? shown.length : ROWS;
    fill(body, ...shown.slice(0, most).map(row));
    if (!shown.length) { body.append(make('tr', null, make('td', { colspan: MEMBERS.length }, 'No member matches.'))); }
    fill(more, ...(shown.length > most ? [make('button', { type: 'button', class: 'push', onclick: () => { state.all = true; drawMembers(); row(shown[most]).querySelector('button').focus(); } }, 'Show all ' + shown.length + ' members')] : []));
  }
  const memberSection = make('section', { id: 'members', tabindex: '-1', 'aria-labelledby': 'members-title' },
    make('h2', { id: 'members-title' }, 'Members'), bar,
    make('table', { class: 'members', 'aria-labelledby': 'members-title' }, make('thead', null, make('tr', null, ...heads.values())), body), more,
    make('p', { class: 'dim' }, 'Missing and excess count single permissions, compared with what the vendor publishes. Power ranks members by what they can do: permission to delete counts 4, to add 3, to edit 2, to inquire 1; twice that for All rather than My, and twice again in System and Finance.'));

  // now, or as published: one choice, shown in two places

  const views = [];
  function choice(name) {
    const radios = [['0', 'Now'], ['1', 'As published']].map(([value, text]) => {
      const radio = make('input', { type: 'radio', name, value, onchange: () => { state.published = value === '1'; look(); } });
      radio.checked = state.published === (value === '1');
      return [radio, make('label', null, radio, text)];
    });
    views.push(radios.map((pair) => pair[0]));
    return make('fieldset', null, make('legend', null, 'Permissions'), ...radios.map((pair) => pair[1]));
  }
  function look() {
    views.forEach((radios) => radios.forEach((radio) => { radio.checked = state.published === (radio.value === '1'); }));
    drawHeat();
    if (dialog.open) { drawRights(); }
  }

  // heat map

  const [heatInstances, heatLabel] = pick('Members of', [], (value) => { state.heat = value; state.page = 0; drawHeat(); });
  const [heatRows, heatRowsLabel] = pick('Functions', [[0, 'where a member has a permission'], [1, 'all'], [2, 'that differ from what is published'], [3, 'where something can be deleted']],
    (value) => { state.rows = ['granted', 'all', 'differing', 'deleting'][value]; drawHeat(); });
  const heatStatus = make('p', { role: 'status', class: 'dim' });
  const help = make('p', { class: 'dim help' }, 'Columns are in the order of the table above. Arrow keys move between cells; Enter, or a click on a name, opens the member.');
  const back = make('button', { type: 'button', class: 'push', onclick: () => { state.page -= 1; drawHeat(); } }, 'Previous members');
  const forth = make('button', { type: 'button', class: 'push', onclick: () => { state.page += 1; drawHeat(); } }, 'Next members');
  const heat = make('div', { class: 'heat', role: 'region', 'aria-label': 'Functions and members' });
  const tip = make('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  const legend = make('ul', { class: 'legend', 'aria-label': 'Legend' },
    ...[['none', 'none'], ['my', 'my'], ['all', 'all'], ['all excess', 'more than published'], ['none missing', 'less than published'], ['all fixed', 'would change, as published'], ['all unsure', 'of unknown need: only a part of the list is known'], ['lacks', 'blank: the function has no such permission']]
      .map(([style, text]) => make('li', null, style === 'lacks' ? null : make('i', { class: 'key ' + style, 'aria-hidden': 'true' }), text)),
    make('li', null, 'From left to right: Add, Edit, Delete, Inquire'));
  const heatSection = make('section', { class: 'heatmap', 'aria-labelledby': 'heat-title' }, make('h2', { id: 'heat-title' }, 'Heat map'),
    make('div', { class: 'controls' }, heatLabel, heatRowsLabel, choice('heat-view'), back, forth), heatStatus, help, legend, heat, tip);

  const pattern = new Map();
  function drawCell(word) {
    let cell = pattern.get(word);
    if (!cell) {
      const squares = VERBS.map((verb, at) => make('i', { class: (level(word, at) + ' ' + kind(word, at)).trim() }));
      cell = make('td', { tabindex: '-1' }, hidden(grants(word) || word.slice(4).trim() ? say(word).join(', ') : 'nothing'), make('span', { class: 'sq', 'aria-hidden': 'true' }, ...squares));
      pattern.set(word, cell);
    }
    return cell.cloneNode(true);
  }
  let grid = []; // rows of what the arrow keys go through
  let columns = [];
  let at = [0, 0];
  const places = new WeakMap();

  function drawHeat() {
    hide();
    const able = shown.filter((member) => member.levels.length);
    const there = audit.instances.map((instance, index) => index).filter((index) => able.some((member) => member.instance === audit.instances[index]));
    if (state.heat === -2 || (state.heat >= 0 && !there.includes(state.heat))) { state.heat = there.length ? there[0] : -2; }
    fill(heatInstances, ...there.map((index) => make('option', { value: index }, audit.instances[index].name)),
      ...(there.length > 1 ? [make('option', { value: -1 }, 'all instances')] : []));
    heatInstances.value = String(state.heat);
    heatInstances.disabled = there.length < 2;
    const chosen = state.heat < 0 ? able : able.filter((member) => member.instance === audit.instances[state.heat]);
    const first = state.page * COLUMNS;
    columns = chosen.slice(first, first + COLUMNS);
    back.hidden = forth.hidden = chosen.length <= COLUMNS;
    back.disabled = state.page === 0;
    forth.disabled = first + COLUMNS >= chosen.length;

    // a row for each function of any instance in view, in the order of the first that has it
    const lines = new Map();
    columns.forEach((member) => {
      if (columns.find((other) => other.instance === member.instance) === member) {
        member.instance.functions.forEach((entry) => lines.set(key(entry.module, entry.function), entry));
      }
    });
    const words = columns.map((member) => cells(member, state.published));
    const now = columns.map((member) => cells(member, false));
    const keep = {
      granted: (word, before) => grants(word) || /[mxf]/.test(word.slice(4)) || grants(before),
      all: () => true,
      differing: (word) => /[mxf]/.test(word.slice(4)),
      deleting: (word) => word[2] === 'A' || word[2] === 'M'
    }[state.rows];
    const modules = new Map();
    lines.forEach((entry, name) => {
      const line = columns.map((member, column) => words[column][member.places.get(name)]);
      if (!line.some((word, column) => word !== undefined && keep(word, now[column][columns[column].places.get(name)]))) { return; }
      if (!modules.has(entry.module)) { modules.set(entry.module, []); }
      modules.get(entry.module).push([entry, line]);
    });

    const rows = [...modules.values()].reduce((sum, list) => sum + list.length, 0);
    heatStatus.textContent = !columns.length ? 'No active member with a role matches.'
      : (chosen.length > columns.length ? 'Members ' + (first + 1) + ' to ' + (first + columns.length) + ' of ' + chosen.length : many(columns.length, 'member', 'members'))
        + ', ' + rows + ' of ' + many(lines.size, 'function', 'functions') + ', ' + (state.published ? 'as published.' : 'now.');
    if (!columns.length) { grid = []; fill(heat); return; }

    grid = [columns.map((member, column) => make('button', { type: 'button', class: 'who', tabindex: '-1', 'aria-haspopup': 'dialog' },
      make('span', null, state.heat < 0 ? bdi(member.instance.name) : null, state.heat < 0 ? ': ' : null, bdi(member.entry.identifier)),
      make('span', { class: 'verbs', 'aria-hidden': 'true' }, ...['A', 'E', 'D', 'I'].map((letter) => make('span', null, letter)))))];
    const bodies = [...modules].map(([module, list]) => make('tbody', null,
      make('tr', { class: 'module' }, make('th', { scope: 'rowgroup', colspan: columns.length + 1 }, make('span', null, bdi(module)))),
      ...list.map(([entry, line]) => {
        const tds = line.map((word) => word === undefined ? make('td', { tabindex: '-1' }, hidden('not on this instance')) : drawCell(word));
        tds.forEach((td, column) => places.set(td, { column, entry, word: line[column] }));
        grid.push(tds);
        return make('tr', null, make('th', { scope: 'row' }, bdi(entry.function)), ...tds);
      })));
    const table = make('table', { role: 'grid', 'aria-labelledby': 'heat-title', class: columns.length > 8 ? 'many' : '' },
      make('thead', null, make('tr', null, make('th', { scope: 'col' }, 'Function'), ...grid[0].map((button) => make('th', { scope: 'col' }, button)))), ...bodies);
    grid[0].forEach((button, column) => places.set(button, { column }));
    fill(heat, table);
    at = [Math.min(at[0], grid.length - 1), Math.min(at[1], columns.length - 1)];
    grid[at[0]][at[1]].tabIndex = 0;
    const corner = table.querySelector('th');
    heat.style.scrollPadding = corner.offsetHeight + 'px 0 0 ' + corner.offsetWidth + 'px';
  }
  const find = (node) => { const cell = node.closest ? node.closest('td, .who') : null; return cell && places.has(cell) ? cell : null; };
  function go(line, column) {
    line = Math.max(0, Math.min(grid.length - 1, line));
    column = Math.max(0, Math.min(columns.length - 1, column));
    grid[at[0]][at[1]].tabIndex = -1;
    at = [line, column];
    grid[line][column].tabIndex = 0;
    grid[line][column].focus();
  }
  heat.addEventListener('keydown', (event) => {
    if (!find(event.target)) { return; }
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0],
      Home: [far ? -Infinity : 0, -Infinity], End: [far ? Infinity : 0, Infinity]
    };
    if (moves[event.key] && !event.altKey) {
      event.preventDefault();
      go(at[0] + moves[event.key][0], at[1] + moves[event.key][1]);
    } else if (event.key === 'Enter' && event.target.tagName === 'TD') {
      open(columns[at[1]]);
    } else if (event.key === 'Escape') { hide(); }
  });
  heat.addEventListener('click', (event) => {
    const cell = find(event.target);
    if (!cell) { return; }
    if (cell.tagName === 'BUTTON') { open(columns[places.get(cell).column]); return; }
    const line = grid.findIndex((cellsOfRow) => cellsOfRow.includes(cell));
    go(line, places.get(cell).column);
  });
  heat.addEventListener('dblclick', (event) => { const cell = find(event.target); if (cell && cell.tagName === 'TD') { open(columns[places.get(cell).column]); } });
  heat.addEventListener('mouseover', (event) => { const cell = find(event.target); if (cell) { tell(cell); } else { hide(); } });
  heat.addEventListener('mouseleave', hide);
  heat.addEventListener('focusin', (event) => {
    const cell = find(event.target);
    if (!cell) { return; }
    const line = grid.findIndex((cellsOfRow) => cellsOfRow.includes(cell));
    grid[at[0]][at[1]].tabIndex = -1;
    at = [line, places.get(cell).column];
    cell.tabIndex = 0;
    tell(cell);
  });
  heat.addEventListener('focusout', hide);
  heat.addEventListener('scroll', () => { if (!tip.hidden && document.activeElement && heat.contains(document.activeElement) && find(document.activeElement)) { tell(document.activeElement); } else { hide(); } }, { passive: true });

  function hide() { tip.hidden = true; }
  function tell(cell) {
    const place = places.get(cell);
    const member = columns[place.column];
    const lines = [make('b', null, bdi(member.entry.identifier), ' on ', bdi(member.instance.name))];
    if (!place.entry) {
      lines.push(make('span', null, member.entry.role === null ? 'no role' : bdi(member.entry.role)), make('span', null, 'Click for all permissions'));
    } else {
      lines.push(make('span', null, bdi(place.entry.module), ' / ', bdi(place.entry.function)));
      if (place.word === undefined) { lines.push(make('span', null, 'not on this instance')); }
      else {
        const found = member.compared.filter((entry) => entry.module === place.entry.module && entry.function === place.entry.function);
        VERBS.forEach((verb, index) => {
          const differs = found.find((entry) => entry.verb === verb && entry.kind !== 'absent');
          let text = verb[0].toUpperCase() + verb.slice(1) + ': ' + WORDS[level(place.word, index)];
          if (differs) { text += state.published ? ' (now ' + differs.is + ')' : ' \u2013 ' + KINDS[differs.kind] + ', published: ' + differs.should_be; }
          lines.push(make('span', null, text));
        });
      }
    }
    fill(tip, ...lines);
    tip.hidden = false;
    const box = cell.getBoundingClientRect();
    const width = tip.offsetWidth;
    const height = tip.offsetHeight;
    tip.style.left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8)) + 'px';
    tip.style.top = (box.bottom + height + 12 < window.innerHeight ? box.bottom + 6 : Math.max(8, box.top - height - 6)) + 'px';
  }

  // findings

  const foundParts = GRADES.map(([grade, label]) => {
    const part = { grade, label, summary: make('summary'), list: make('tbody'), more: make('p', { class: 'more' }) };
    part.table = make('table', { class: 'found' }, head([['Rule', 'c-rule'], ['Instance', 'c-where'], ['Member', 'c-who'], ['Finding, and its repair']]), part.list);
    part.node = make('details', { class: 'level', open: grade === 'error' }, part.summary, part.table, part.more);
    return part;
  });
  const findings = [];
  const subjects = new Map(audit.instances.map((instance) => [instance, new Map()]));
  members.forEach((member) => {
    const own = subjects.get(member.instance);
    if (!own.has(member.entry.identifier)) { own.set(member.entry.identifier, member); }
  });
  audit.instances.forEach((instance) => instance.findings.forEach((finding) => {
    const subject = subjects.get(instance).get(finding.member) || null;
    findings.push({ instance, finding, subject, rule: RULES[finding.rule] || finding.rule, search: [instance.name, finding.member || '', finding.role || '', finding.message].join('\n').toLowerCase() });
  }));
  const rank = new Map(Object.keys(RULES).map((rule, index) => [rule, index]));
  findings.sort((left, right) => (rank.get(left.finding.rule) ?? 99) - (rank.get(right.finding.rule) ?? 99));
  /** The repair, without the name of the instance. */
  function wherever(item) {
    const name = item.instance.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return item.finding.repair.replace(new RegExp('(^|[^\\w.-])' + name + '(?![\\w.-])', 'g'), '$1\u0000');
  }
  /** Identical findings once; those of the most dangerous rule first, then those that can be repaired, then the widespread. */
  function gathered(items) {
    const groups = new Map();
    items.forEach((item) => {
      const name = key(key(item.finding.rule, item.finding.message), item.repair ?? (item.repair = wherever(item)));
      if (!groups.has(name)) { groups.set(name, []); }
      groups.get(name).push(item);
    });
    const order = (group) => rank.get(group[0].finding.rule) ?? 99;
    return [...groups.values()].sort((left, right) => order(left) - order(right)
      || Number(!left[0].finding.repair) - Number(!right[0].finding.repair) || right.length - left.length);
  }
  function where(group) {
    const names = group.map((item) => item.instance.name);
    if (names.length === 1) { return [bdi(names[0])]; }
    const shownNames = names.length > FEW + 1 ? names.slice(0, FEW) : names;
    return [names.length + ' instances: ', ...shownNames.flatMap((name, at) => at ? [', ', bdi(name)] : [bdi(name)]), names.length > shownNames.length ? ' and ' + (names.length - shownNames.length) + ' more' : ''];
  }
  function findingRow(group) {
    const item = group[0];
    const who = item.finding.member === null || item.finding.member === undefined ? (item.finding.login ? bdi(item.finding.login) : null)
      : item.subject ? make('button', { type: 'button', class: 'link', 'aria-haspopup': 'dialog', onclick: () => open(item.subject) }, make('span', { class: 'clamp' }, bdi(item.finding.member)))
        : bdi(item.finding.member);
    const repair = item.finding.repair ? make('div', { class: 'repair' }, 'Repair: ', make('code', null, bdi(item.finding.repair)), group.length > 1 ? [' (for ' + item.instance.name + '; repeat for the others)'].join('') : '') : null;
    return make('tr', null, make('td', { class: 'c-rule' }, item.rule), make('td', { class: 'c-where' }, ...where(group)), make('td', { class: 'c-who' }, who), make('td', { class: 'long' }, bdi(item.finding.message), repair));
  }
  const foundStatus = make('p', { class: 'dim', role: 'status' });
  function drawFindings(all) {
    const instance = state.instance < 0 ? null : audit.instances[state.instance];
    const fits = new Set(shown);
    const matching = findings.filter((item) => (instance === null || item.instance === instance)
      && (item.subject ? fits.has(item.subject) || (!state.toggles.size && item.search.includes(state.text)) : !state.toggles.size && item.search.includes(state.text)));
    foundStatus.textContent = matching.length === findings.length ? 'All ' + many(findings.length, 'finding', 'findings') + '.' : matching.length + ' of ' + many(findings.length, 'finding', 'findings') + ', by the filter above the members.';
    foundParts.forEach((part) => {
      const own = gathered(matching.filter((item) => item.finding.level === part.grade));
      const most = all || state.found.has(part.grade) ? own.length : FOUND;
      part.summary.textContent = part.label + ' (' + own.length + ')';
      part.node.hidden = !own.length;
      const draw = () => {
        if (!part.node.open && !all) { return; }
        fill(part.list, ...own.slice(0, most).map(findingRow));
        fill(part.more, ...(own.length > most ? [make('button', { type: 'button', class: 'push', onclick: () => { state.found.add(part.grade); drawFindings(); part.summary.focus(); } }, 'Show all ' + own.length)] : []));
      };
      if (part.grade === 'warning' && !part.drawn) { part.node.open = own.length <= OPEN; }
      part.drawn = true;
      part.node.ontoggle = draw;
      draw();
    });
  }
  const foundSection = make('section', { class: 'findings', 'aria-labelledby': 'found-title' }, make('h2', { id: 'found-title' }, 'Findings'), foundStatus, ...foundParts.map((part) => part.node));

  // one member

  const title = make('h2', { id: 'member-title', tabindex: '-1' });
  const details = make('div');
  const rights = make('div');
  const rightsAll = make('input', { type: 'checkbox', onchange: () => drawRights() });
  const dialog = make('dialog', { 'aria-labelledby': 'member-title', onclose: () => { current = null; } },
    make('div', { class: 'top' }, title, make('button', { type: 'button', class: 'push', onclick: () => dialog.close() }, 'Close')), details,
    make('section', { 'aria-labelledby': 'rights-title' }, make('h3', { id: 'rights-title' }, 'Effective permissions'),
      make('div', { class: 'controls' }, choice('member-view'), make('label', null, rightsAll, 'Also functions without any permission')), rights));
  dialog.addEventListener('click', (event) => { if (event.target === dialog) { dialog.close(); } });
  let current = null;

  function open(member) {
    hide();
    current = member;
    const entry = member.entry;
    fill(title, bdi(entry.identifier), ' on ', bdi(member.instance.name), ...badges(member));
    const facts = [];
    const fact = (term, ...what) => facts.push(make('dt', null, term), make('dd', null, ...what));
    if (entry.name && entry.name !== entry.identifier) { fact('Name', bdi(entry.name)); }
    fact('Instance', bdi(member.instance.name), ...[member.instance.company === member.instance.name ? null : member.instance.company, member.instance.api].filter(Boolean).flatMap((text) => [', ', bdi(text)]));
    fact('Role', entry.role === null ? 'none' : bdi(entry.role), entry.admin ? ' \u2013 an Admin role: it can do everything' : '');
    if (member.users.length > 1) {
      const others = member.users.slice(0, SHARED + 1).filter((other) => other !== entry.identifier).slice(0, SHARED);
      const rest = member.users.length - 1 - others.length;
      fact('Shared with', ...others.flatMap((other, index) => index ? [', ', bdi(other)] : [bdi(other)]), rest > 0 ? ' and ' + rest + ' more' : '');
    }
    if (entry.own) { fact('Vendor', 'none: the automation itself uses this member'); own(member.instance.own, fact); }
    else if (member.vendor === null) {
      fact('Vendor', member.active ? 'unknown, so there is nothing to compare with' : 'not compared');
      if (entry.suggestion) { fact('Looks like', bdi((products.get(entry.suggestion.vendor) || { product: entry.suggestion.vendor }).product), ': ', bdi(entry.suggestion.reason)); }
    }
    else {
      const product = member.product;
      const source = product && /^https:\/\//.test(product.source || '') ? make('a', { href: product.source, rel: 'noopener noreferrer' }, 'source') : null;
      fact('Vendor', bdi(member.vendor), ...(product ? [product.status, product.date, source].filter(Boolean).flatMap((part) => [', ', part]) : []));
      fact('Matched by', MATCHED[entry.matched_by] || String(entry.matched_by));
    }
    fact('Can delete', !member.deletes ? 'nothing' : entry.admin || !member.deleting.length ? 'everything'
      : member.deleting.slice(0, 30).join(', ') + (member.deleting.length > 30 ? ' and ' + (member.deleting.length - 30) + ' more' : ''));
    fact('Power', String(entry.power), ' (strongest here: ' + strongest + ')');
    const told = findings.filter((item) => item.subject === member);
    fill(details, make('dl', null, ...facts),
      ...(told.length ? [make('h3', null, 'Findings'), make('ul', null, ...told.map((item) => make('li', null, make('b', null, { error: 'Error', warning: 'Warning', note: 'Note' }[item.finding.level] || item.finding.level), ': ', bdi(item.finding.message),
        item.finding.repair ? make('div', { class: 'repair' }, 'Repair: ', make('code', null, bdi(item.finding.repair))) : null)))] : []),
      ...differences(member));
    drawRights();
    dialog.showModal();
    dialog.scrollTop = 0;
    title.focus();
  }
  function own(held, fact) {
    if (!held) { return; }
    fact('Known by', held.known_by);
    held.purposes.forEach((purpose) => fact('For ' + purpose.purpose, purpose.missing.length
      ? 'lacks ' + purpose.missing.map((cell) => cell.module + ' / ' + cell.function + ', ' + cell.verb).join('; ') : 'nothing is missing'));
    if (held.enough.length) { fact('Enough, each at All', held.enough.map((right) => right.module + ' / ' + right.function + ' (' + right.verbs.join(', ') + ')').join('; ')); }
  }
  function differences(member) {
    if (member.vendor === null) { return []; }
    const list = member.compared;
    const parts = [make('h3', null, 'Differences from what is published')];
    if (member.open.length) {
      parts.push(make('p', null, 'Unknown whether the vendor asks for ' + many(member.open.length, 'permission', 'permissions') + ': only part of its list is known',
        ...(member.product && member.product.missing ? [' (', bdi(member.product.missing), ')'] : []), '.'));
    }
    if (!list.length) { return parts.concat(make('p', null, 'None.')); }
    const order = { missing: 0, excess: 1, absent: 2 };
    const sorted = list.slice().sort((left, right) => order[left.kind] - order[right.kind]);
    return parts.concat(make('table', { class: 'changes' }, head([['Function'], ['Permission'], ['Now \u2192 published']]), make('tbody', null, ...sorted.map((cell) => {
      const [style, mark] = { missing: ['short', '\u2212 missing'], excess: ['bad', '+ in excess'], absent: ['dim', KINDS.absent] }[cell.kind];
      const text = (value) => value === null ? '\u2013' : value;
      return make('tr', null,
        make('th', { scope: 'row' }, bdi(cell.module), ' / ', bdi(cell.function),
          cell.since ? make('div', { class: 'was' }, 'the vendor added this permission on ', bdi(cell.since)) : null, cell.note ? make('div', { class: 'was' }, bdi(cell.note)) : null),
        make('td', null, cell.verb),
        make('td', null, text(cell.is), hidden(', '), make('span', { 'aria-hidden': 'true' }, ' \u2192 '), text(cell.should_be), ' ', make('b', { class: style }, mark)));
    }))));
  }
  function drawRights() {
    const member = current;
    if (!member) { return; }
    const now = cells(member, false);
    const after = cells(member, true);
    const words = state.published ? after : now;
    const count = (all, verb) => String(all.filter((word) => word[verb] === 'A' || word[verb] === 'M').length);
    const sums = make('table', null, head([['Functions'], ...VERBS.map((verb) => [verb, 'number'])]), make('tbody', null,
      ...[['now', now]].concat(member.vendor === null ? [] : [['as published', after]]).map(([text, all]) => make('tr', null, make('th', { scope: 'row' }, text), ...VERBS.map((verb, index) => make('td', { class: 'number' }, count(all, index)))))));
    const rows = [];
    let module = null;
    member.instance.functions.forEach((entry, index) => {
      const word = words[index];
      if (word === undefined || !(rightsAll.checked || grants(now[index]) || grants(after[index]))) { return; }
      if (entry.module !== module) {
        module = entry.module;
        rows.push(make('tr', { class: 'module' }, make('th', { scope: 'rowgroup', colspan: 5 }, make('b', null, bdi(module)))));
      }
      rows.push(make('tr', null, make('th', { scope: 'row' }, bdi(entry.function)), ...VERBS.map((verb, column) => {
        const what = level(word, column);
        const mark = kind(word, column);
        return make('td', null,
          what === 'lacks' ? hidden(WORDS.lacks) : make('span', { class: what === 'none' ? 'zero' : '' }, WORDS[what]),
          mark === 'unsure' ? make('span', { class: 'was' }, ' ?', hidden(' of unknown need')) : mark === 'excess' ? make('b', { class: 'bad' }, ' +', hidden(' in excess')) : mark === 'missing' ? make('b', { class: 'short' }, ' \u2212', hidden(' missing'))
            : mark === 'fixed' ? make('span', { class: 'was' }, ' (now ' + WORDS[level(now[index], column)] + ')') : null);
      })));
    });
    if (!member.levels.length) { fill(rights, make('p', null, member.active ? 'None: the member has no role.' : 'None: the member is inactive.')); return; }
    fill(rights, sums, make('table', { class: 'rights' }, make('caption', null, !state.published ? 'Now' : member.vendor === null ? 'Now: the vendor is unknown, so there is nothing to compare with' : 'Once the role is as published'), head([['Function'], ['Add'], ['Edit'], ['Delete'], ['Inquire']]), make('tbody', null, ...rows)));
  }

  // all of it

  const besides = [];
  audit.instances.forEach((instance) => {
    instance.integrator_logins.forEach((login) => besides.push(make('li', null, bdi(instance.name), ': legacy integrator login ', bdi(login.username), login.active ? '' : ' (inactive)', ', APIs: ',
      bdi(login.all_apis ? 'all' : login.apis.join(', ') || 'none'), ', records: ' + (login.all_records ? 'all' : 'its own'), ...(login.member ? [', as ', bdi(login.member)] : []))));
    instance.not_looked_at.forEach((each) => besides.push(make('li', null, bdi(instance.name), ': not looked at: ', bdi(each.what), '. ', bdi(each.why))));
  });
  const besideSection = make('section', { 'aria-labelledby': 'beside-title' }, make('h2', { id: 'beside-title' }, 'Besides API members'), make('ul', null, ...besides));
  besideSection.hidden = !besides.length;

  app.append(foundSection, memberSection, heatSection, besideSection, dialog);
  filter();
  finish();
  const measure = () => {
    const sticky = getComputedStyle(bar).position === 'sticky';
    document.documentElement.style.setProperty('--bar', (sticky ? bar.offsetHeight : 0) + 'px');
  };
  new ResizeObserver(measure).observe(bar);
  measure();
  window.addEventListener('keydown', (event) => { if (event.key === 'Escape') { hide(); } });
  const closed = new Set();
  window.addEventListener('beforeprint', () => {
    if (pending !== null) { finish(); }
    hide();
    closed.clear();
    foundParts.forEach((part) => { if (!part.node.open) { closed.add(part); part.node.open = true; } });
    drawMembers(true);
    drawFindings(true);
  });
  window.addEventListener('afterprint', () => {
    closed.forEach((part) => { part.node.open = false; });
    drawMembers();
    drawFindings();
  });
}());
