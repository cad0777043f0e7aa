// SPDX-License-Identifier: GPL-3.0-or-later
// Fills levels into ConnectWise's page of one security role, by the texts that a person sees. You press Save.
(function () {
  'use strict';
  const JOB = null;
  const VERBS = ['add', 'edit', 'delete', 'inquire'], WORDS = ['none', 'my', 'all'], TRIES = 3;
  const CONTROLS = 'input:not([type=hidden], [type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file]), select, [role=combobox]';
  const OUTSIDE = 'nav, menu, [role=navigation], [role=menubar], dialog, [role=dialog], [role=alertdialog], [aria-modal=true]';
  const LINKS = 'a[href]:not([href^="#"], [href^=javascript])', BUTTONS = 'button:not([role=option]), [role=button]';
  const APART = 'a, button, [role=button], td, th, [role=gridcell], [role=columnheader]';  // a text in one of these stands alone
  const tidy = (text) => (text || '').replace(/\s+/g, ' ').trim(), low = (text) => tidy(text).toLowerCase();
  const clean = (text) => low(text).replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N})]+$/gu, ''), TITLE = 'Security Modules for Role - ' + tidy(JOB.role);
  const MODULES = JOB.modules.map((titles) => titles.map(clean)), moduleOf = (name) => MODULES.findIndex((titles) => titles.includes(clean(name)));
  const stop = (reason) => { throw { reason: reason }; }, leave = (reason) => { throw { byHand: true, reason: reason }; };
  if (window.cwFillReport?.state === 'running') { return; }
  const report = window.cwFillReport = { state: 'waiting', reason: '', cells: [] }, panel = document.createElement('div');
  let seen = null, halted = false, failures = 0;  // the view is cached until the page has had a turn
  const sleep = (time) => new Promise((done) => { setTimeout(() => { seen = null; done(); }, time); });
  const until = async (test, pauses) => { for (let n = 0; n < pauses * 10 && !test(); n++) { await sleep(JOB.pause / 10); } return test(); };
  // --- what a person sees ----------------------------------------------------------------------
  const rect = (each) => each.getBoundingClientRect(), middle = (box) => (box.left + box.right) / 2;
  const climb = (el, goes) => { while (el.parentElement && goes(el)) { el = el.parentElement; } return el; };
  const beside = (one, other) => Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > Math.min(one.height, other.height) / 2;
  function visible(el) {  // an element outside of the page isn't visible, one that is scrolled away may be
    const { width, height, right, bottom } = rect(el), above = [], moved = (side) => above.reduce((sum, each) => sum + each[side], 0);
    climb(el, (each) => above.push(each.parentElement));
    return width > 1 && height > 1 && right + moved('scrollLeft') > 0 && bottom + moved('scrollTop') > 0 
      && !panel.contains(el) && el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
      && !above.some((each) => !each.clientHeight && getComputedStyle(each).overflowY !== 'visible');
  }
  function look(doc, texts) {  // one text is all that reads without a gap, from whatever elements
    const walk = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT), range = doc.createRange();
    for (let node = walk.nextNode(), last = null; node; node = walk.nextNode()) {
      const el = node.parentElement, apart = el.closest(APART);
      if (!tidy(node.nodeValue) || !visible(el)) { continue; }
      range.selectNodeContents(node);
      const lines = [...range.getClientRects(), rect(range)], gap = parseFloat(getComputedStyle(el).fontSize) * 0.4;
      const readsOn = last && apart === last.apart && beside(last.end, lines[0]) && Math.abs(lines[0].left - last.end.right) < gap;
      if (!readsOn) { texts.push(last = { el: el, doc: doc, text: '', box: rect(range), apart: apart }); }
      last.text = tidy(last.text + ' ' + node.nodeValue);
      [last.name, last.end] = [clean(last.text), lines[Math.max(0, lines.length - 2)]];
    }
    const frames = [...doc.querySelectorAll('iframe, frame')].filter((frame) => frame.contentDocument?.body && visible(frame));
    return [doc, ...frames.flatMap((frame) => look(frame.contentDocument, texts))];
  }
  function page() {
    const texts = [], documents = seen ? [] : look(document, texts), controls = documents.flatMap((doc) => [...doc.querySelectorAll(CONTROLS)]);
    return seen ||= { texts: texts, documents: documents, controls: controls.filter((el) => !el.querySelector(CONTROLS) && visible(el)) };
  }
  const heads = () => page().heads ||= headings();
  const named = (names) => page().texts.filter((each) => names.includes(each.name));
  const word = (el) => low(el.nodeName === 'SELECT' ? el.selectedOptions[0]?.text : 'value' in el ? el.value : el.textContent);
  function problem() {
    if (location.host !== JOB.host) { return 'This page is on ' + location.host + ', but the levels are for ' + JOB.host + '.'; }
    const titles = page().texts.filter((each) => each.text.includes('Security Modules for Role')), fits = titles.every((each) => each.text === TITLE);
    return fits && titles.length ? '' : 'Open the page "' + TITLE + '". This page shows ' + (fits ? 'no such title.' : 'another role.');
  }
  function guard() { const now = problem() || (halted && 'You stopped it.'); if (now) { stop(now); } }
  // --- a row, and its columns ------------------------------------------------------------------
  function around(text) {  // the controls on its line, in the smallest element that holds both; whole: it holds no others
    const box = climb(text.el, (el) => !page().controls.some((each) => el.contains(each))), near = page().controls.filter((each) => box.contains(each));
    const inputs = near.filter((each) => beside(rect(each), text.box)).sort((one, other) => rect(one).left - rect(other).left);
    return { ...text, inputs: inputs, whole: near.length > 0 && inputs.length === near.length };
  }
  function headings() {  // one for each module: menus have the same names, so the heading is the one that is much wider than all others
    const found = named(MODULES.flat()).filter((each) => !each.el.closest(OUTSIDE + ', ' + LINKS) && !around(each).whole)
      .map((each) => ({ ...each, module: moduleOf(each.name), wide: rect(climb(each.el, (el) => getComputedStyle(el).display.startsWith('inline'))) }));
    return found.filter((each) => found.every((other) => other === each || other.module !== each.module || other.wide.width * 1.5 < each.wide.width));
  }
  function section(doc, box, right) {  // the module whose heading is nearest above; -1: none, or several side by side
    const above = heads().filter((each) => each.doc === doc && each.box.bottom <= box.top + 3 && each.wide.left < right && each.wide.right > box.left);
    const [last] = above.sort((one, other) => other.box.bottom - one.box.bottom);
    return !last || above.some((each) => each.module !== last.module && beside(each.box, last.box)) ? -1 : last.module;
  }
  function locate(row) {
    const hits = named(row.names.map(clean)).map(around).filter((each, index, all) => {
      const left = each.inputs.length && rect(each.inputs[0]).left, after = page().texts.filter((other) => other.doc === each.doc && other.box.left >= each.box.right);
      each.section = each.inputs.length && section(each.doc, each.box, rect(each.inputs.at(-1)).right);
      return left >= each.box.right && all.findIndex((other) => other.inputs[0] === each.inputs[0]) === index
        && (each.whole || !after.some((other) => other.box.right <= left && beside(other.box, rect(each.inputs[0]))));  // else that text names them
    });
    const sure = hits.filter((each) => each.section === moduleOf(row.module)), rest = row.shared ? [] : hits.filter((each) => each.section === -1);
    if (sure.length > 1 || (!sure.length && rest.length > 1)) { leave('several rows have this name'); }
    return sure[0] || rest[0];
  }
  function columns(row, hit) {  // {verb: control}, by the positions of the four headers
    const texts = named(VERBS.flatMap((verb) => [verb, verb + ' level'])).filter((each) => each.doc === hit.doc && each.box.bottom <= hit.box.top + 3);
    const [set] = texts.filter((each) => each.name.startsWith('inquire'))
      .map((each) => VERBS.map((verb) => texts.filter((other) => other.name === each.name.replace('inquire', verb) && beside(other.box, each.box))))
      .filter((each) => each.every((one) => one.length === 1)).map((each) => each.flat()).sort((one, other) => other[3].box.bottom - one[3].box.bottom);
    const others = page().texts.filter((each) => set && each.doc === hit.doc && beside(each.box, set[3].box) && !set.includes(each));
    const places = [...(set || []), ...others].map((each) => each.box);
    const far = (box, x) => Math.max(box.left - x, x - box.right, 0), least = (x) => Math.min(...places.map((box) => far(box, x))) + 1;
    const near = hit.inputs.map((each) => middle(rect(each))).map((x) => places.filter((box) => far(box, x) <= least(x)));
    const verbs = near.map((each) => (each.length === 1 && VERBS[places.indexOf(each[0])]) || '');
    const offered = VERBS.filter((verb) => row.seen[verb] !== null), single = verbs.length === 1 && offered.length === 1 && verbs[0] === offered[0];
    if (!(verbs.length === 4 || single) || verbs.includes('') || new Set(verbs).size < verbs.length) { leave('it has ' + verbs.length + ' inputs below ' + verbs); }
    return Object.fromEntries(verbs.map((verb, index) => [verb, hit.inputs[index]]));
  }
  function reachable(el) {  // by a person: nothing covers it
    const frame = el.ownerDocument.defaultView.frameElement, x = middle(rect(el)), y = (rect(el).top + rect(el).bottom) / 2;
    const lies = (inner, x, y) => inner.ownerDocument.elementsFromPoint(x, y).find((each) => !panel.contains(each));
    const isFree = (inner, over) => over && (inner.contains(over) || (over.contains(inner) && !over.matches('body, html, ' + OUTSIDE)));
    return isFree(el, lies(el, x, y)) && (!frame || isFree(frame, lies(frame, x + rect(frame).left, y + rect(frame).top)));
  }
  async function hunt(test) {  // by scrolling everything that scrolls
    for (const el of page().documents.flatMap((doc) => [...doc.querySelectorAll('*')])) {
      const scrolls = el === el.ownerDocument.scrollingElement || (/auto|scroll/.test(getComputedStyle(el).overflowY) && !panel.contains(el));
      for (let top = 0; scrolls && el.clientHeight && el.scrollHeight > el.clientHeight + 8 && top < el.scrollHeight; top += el.clientHeight * 0.7) {
        el.scrollTop = top;
        if (await sleep(JOB.pause / 10) || await until(test, 0.3)) { return; }
      }
    }
  }
  async function reach(row) {
    const module = guard() || moduleOf(row.module), head = () => heads().find((each) => each.module === module);
    const isOpen = () => page().controls.some((each) => section(each.ownerDocument, { top: rect(each).top, left: 0 }, Infinity) === module);
    let hit = await until(() => locate(row), 0.6);
    if (!hit && !head()) { await hunt(() => locate(row) || head()); }
    for (let turn = 0; turn < 2 && !locate(row) && !isOpen() && head(); turn++) { guard(); press(head().el); await until(isOpen, 6); }
    hit = hit || await until(() => locate(row), 2) || await hunt(() => locate(row));
    for (let turn = 0; turn < 40 && (hit = locate(row)) && !hit.inputs.every(reachable); turn++) {
      if (turn % 10 === 0) { hit.el.scrollIntoView({ block: 'center', inline: 'nearest' }); }
      await sleep(JOB.pause / 6);
    }
    if (!hit) { leave('it was not found'); }
    if (!hit.inputs.every(reachable)) { stop('Something covers ' + row.function + '. Close it, reload the page, and start again.'); }
    return columns(row, hit);
  }
  // --- setting a level -------------------------------------------------------------------------
  function press(el) {
    const view = el.ownerDocument.defaultView, x = middle(rect(el)), y = (rect(el).top + rect(el).bottom) / 2;
    const how = { bubbles: true, cancelable: true, composed: true, view: view, detail: 1, clientX: x, clientY: y };
    el.focus();
    for (const kind of ['mouseover', 'pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
      el.dispatchEvent(new (kind.startsWith('p') ? view.PointerEvent : view.MouseEvent)(kind, how));
    }
  }
  function parts(control) {  // elements next to the input of a cell, such as an arrow: no text, no link
    const others = [...page().controls.filter((each) => each !== control), ...page().texts.filter((each) => each.name).map((each) => each.el)];
    return [...climb(control, (el) => !others.some((each) => el.parentElement.contains(each))).querySelectorAll('*')]
      .filter((el) => !el.contains(control) && !control.contains(el) && !el.closest(LINKS) && visible(el))
      .sort((one, other) => other.matches('button, [tabindex]') - one.matches('button, [tabindex]') || one.contains(other) - other.contains(one));
  }
  // Each way returns whether the page accepted the level. A page that accepts typed text reads it, unless there is only an input.
  async function type(control, level, asKeys) {
    const view = control.ownerDocument.defaultView, own = Object.getOwnPropertyDescriptor(control, 'value'), isList = control.nodeName === 'SELECT';
    const option = isList ? [...control.options].find((each) => low(each.text) === low(level)) : { value: level };
    if (!('value' in control) || !option || control.readOnly || control.disabled || (isList && asKeys)) { return false; }
    const native = Object.getOwnPropertyDescriptor((isList ? view.HTMLSelectElement : view.HTMLInputElement).prototype, 'value'), to = own || native;
    let read = control.focus() || isList;  // nothing needs to read a native list
    Object.defineProperty(control, 'value', { configurable: true, get() { read = true; return to.get.call(this); }, set(text) { to.set.call(this, text); } });
    if (asKeys) { control.select(); control.ownerDocument.execCommand('insertText', false, level); } else { native.set.call(control, option.value); }
    const kinds = { keydown: view.KeyboardEvent, input: view.Event, keyup: view.KeyboardEvent, change: view.Event, blur: view.FocusEvent };
    for (const [kind, Kind] of asKeys ? [] : Object.entries(kinds)) { control.dispatchEvent(new Kind(kind, { bubbles: true, cancelable: true, key: level.slice(-1) })); }
    await sleep(JOB.pause, control.blur());
    if (own) { Object.defineProperty(control, 'value', own); } else { delete control.value; }
    return read || (asKeys && !parts(control).length);
  }
  async function pick(control, level) {
    const offers = () => named(WORDS).filter((each) => !each.el.closest([OUTSIDE, LINKS, BUTTONS].join())), before = offers().map((each) => each.el);
    const fresh = () => offers().filter((each) => !before.includes(each.el) && !each.el.contains(control) && Math.abs(each.box.left - rect(control).left) < 300);
    for (const part of control.disabled || control.nodeName === 'SELECT' ? [] : [...parts(control), control]) {
      guard(); press(part);
      await until(() => fresh().length, 0.8);
      const choice = fresh().filter((each) => each.name === low(level)), isSure = choice.length === 1 && control.isConnected;
      if (fresh().length) { press(isSure ? choice[0].el : part); await sleep(JOB.pause); }  // the part closes its list again
      if (isSure) { return true; }
    }
    return control.blur() || false;
  }
  let ways = [type, pick, (control, level) => type(control, level, true)];
  const now = async (row, verb) => word((await reach(row))[verb]);
  const use = async (row, verb, way, level) => { const control = (await reach(row))[verb]; guard(); return way(control, level || ''); };
  async function restore(row, verb, was) {
    for (const way of ways) { if (await now(row, verb) !== was) { await use(row, verb, way, row.seen[verb]); } }
    if (await now(row, verb) !== was) { stop(row.function + ', ' + verb + ' could be neither set nor restored. Reload the page without saving.'); }
    return 'by hand';
  }
  async function set(row, verb, was) {
    for (const way of failures < 3 ? Array(TRIES).fill(ways).flat() : []) {
      const taken = await use(row, verb, way, row.wanted[verb]), isSet = await now(row, verb) === low(row.wanted[verb]);
      if (taken && isSet) { [ways, failures] = [[way, ...ways.filter((each) => each !== way)], -Infinity]; return 'set'; }  // it comes first now
      if (isSet) { await use(row, verb, type, row.seen[verb]); }  // the page didn't accept it
    }
    return restore(row, verb, was, failures++);
  }
  // --- the run, and its panel ------------------------------------------------------------------
  const changes = (row) => VERBS.filter((verb) => row.wanted[verb] !== row.seen[verb]);
  function note(row, verb, shown, result) {
    const is = (shown || '').replace(/^./, (letter) => letter.toUpperCase());
    (row.cells ||= {})[verb] = { module: row.module, function: row.function, verb: verb, wanted: row.wanted[verb], shown: is, result: result };
    report.cells = JOB.rows.flatMap((each) => Object.values(each.cells || {}));
  }
  const read = async (row) => Object.fromEntries(Object.entries(await reach(row)).map(([verb, control]) => [verb, word(control)]));
  async function fill(row) {
    const isSame = (now, was) => now === low(was) || (JOB.null_is_none && was === null && now === 'none');
    const odd = () => VERBS.find((verb) => verb in before && !(isSame(before[verb], row.seen[verb]) && ['', ...WORDS].includes(before[verb])));
    let before = await read(row);
    for (let turn = 0; turn < 20 && odd(); turn++) { await sleep(JOB.pause / 5); before = await read(row); }
    if (odd()) { stop(row.function + ', ' + odd() + ' shows "' + before[odd()] + '", but REST says "' + row.seen[odd()] + '". Reload the page.'); }
    for (const verb of Object.keys(before)) {
      const result = changes(row).includes(verb) ? await set(row, verb, before[verb]) : 'right';
      note(row, verb, result === 'set' ? low(row.wanted[verb]) : before[verb], result);
    }
    const after = await read(row), other = Object.keys(after).find((verb) => ![before[verb], low(row.wanted[verb])].includes(after[verb]));
    if (other) { note(row, other, after[other], 'by hand'); await restore(row, other, before[other]); stop(row.function + ', ' + other + ' changed too.'); }
  }
  async function verify(row) {  // a page may accept a level and clear it later
    const claims = Object.values(row.cells).filter((each) => each.result === 'set'), shown = claims.length ? await read(row).catch((left) => left) : {};
    const lost = claims.filter((each) => shown[each.verb] !== low(each.wanted) && !note(row, each.verb, shown[each.verb], 'by hand'));
    for (const each of lost) { await restore(row, each.verb, low(row.seen[each.verb])); }
  }
  async function run() {
    JOB.rows.forEach((row) => changes(row).forEach((verb) => note(row, verb, '', 'by hand')));
    for (const pass of [fill, verify]) {
      try {
        for (const row of JOB.rows) {
          await pass(row).catch((left) => { if (!left.byHand) { throw left; } row.why = ' (' + left.reason + ')'; });
          show();
        }
      } catch (error) { report.reason = report.reason || error.reason || String(error); }
    }
    show(report.state = report.reason ? 'stopped' : 'done');
  }
  const say = (tag, text, pressed) => panel.appendChild(Object.assign(document.createElement(tag), { textContent: text, onclick: pressed }));
  function show() {
    const count = (result) => report.cells.filter((each) => each.result === result).length, whose = JOB.company + ' (' + JOB.instance + ')';
    const total = JOB.rows.flatMap(changes).length + ' levels in ' + JOB.rows.length + ' row' + (JOB.rows.length === 1 ? '' : 's');
    Object.assign(panel, { hidden: false }).replaceChildren();
    say('strong', 'Security role ' + JOB.role + ' of ' + whose);
    say('p', { waiting: 'To set: ' + total + '.', running: 'Working. Leave this page alone.', stopped: 'Stopped. ', refused: 'Nothing was changed. ',
      done: 'Done. Compare the levels with the worksheet, then press Save yourself.' }[report.state] + report.reason);
    if (report.cells.length) { say('p', count('set') + ' set, ' + count('right') + ' already right, ' + count('by hand') + ' left to do by hand'); }
    JOB.rows.forEach((row) => Object.values(row.cells || {}).filter((each) => each.result === 'by hand')
      .forEach((each) => say('div', row.module + ' / ' + row.function + ', ' + each.verb + ': ' + each.wanted + (row.why || ''))));
    if (report.state === 'waiting') { say('button', 'This is the page of ' + whose + ': set ' + total, () => begin('running')).id = 'cw-fill-start'; }
    say('button', report.state === 'running' ? 'Stop' : 'Close', () => { halted = true; if (report.state !== 'running') { panel.remove(); } });
  }
  function begin(state) {
    const reason = report.reason = (seen = null) || problem();
    report.state = reason ? 'refused' : state;
    if (reason && JOB.patient && location.host === JOB.host) { setTimeout(begin, 1000, 'waiting', panel.hidden = true); } else { show(); }
    return reason || state !== 'running' || run();
  }
  (document.getElementById('cw-fill') || panel).remove();
  document.body.append(Object.assign(panel, { id: 'cw-fill', hidden: true }));
  panel.style.cssText = 'position:fixed;right:1em;bottom:1em;z-index:2147483647;max-width:28em;max-height:50vh;overflow:auto;padding:1em;color:#111;background:#fff';
  begin('waiting');
}());
