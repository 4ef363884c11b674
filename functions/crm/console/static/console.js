// What the keyboard adds: `/` goes to the search, the arrows through what it has found, Escape back into the search and
// out of it, `c` to the line of a call. All else is links and forms: Enter opens the one that is reached.
"use strict";

// On a keyboard of another script the key of a letter says another one.
const wantedKeys = (event) => [event.key, /^[A-Za-z0-9]$/.test(event.key) ? "" : {Slash: "/", KeyC: "c"}[event.code]];

// From the box down through the links below it, and back up into the box; not past the last.
document.addEventListener("keydown", (event) => {
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  const box = document.getElementById("q");
  const links = [...document.querySelectorAll("#found a")];
  const here = event.target === box ? 0 : links.indexOf(event.target) + 1;
  if (!step || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || (!here && event.target !== box)) {
    return;
  }
  const next = [box, ...links][Math.max(here + step, 0)];
  if (next && links.length) {
    event.preventDefault();
    next.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const here = event.target;
  const isTyping = here instanceof HTMLElement && here.matches("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && here.closest("#found")) {
    document.getElementById("q").focus();
    return;
  }
  if (event.key === "Escape" && isTyping) {
    if (here.id === "q" && here.value) {
      // As browsers do of themselves, though not all.
      event.preventDefault();
      here.value = "";
      here.dispatchEvent(new Event("search"));
    }
    here.blur();
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
    return;
  }
  const keys = wantedKeys(event);
  const wanted = [...document.querySelectorAll("[data-key]")].find((one) => keys.includes(one.dataset.key));
  if (wanted instanceof HTMLElement) {
    event.preventDefault();
    wanted.focus();
  }
});

// Whoever hears a page hears first what was wrong with a form, and goes from there to the field.
document.getElementById("problems")?.focus();

// Whether something was filled in and not sent: to leave the page would lose it.
const isFilledIn = (form) => [...form.elements].some((one) => {
  if (one.matches("select")) {
    // Where none is marked, the first is the one that is shown.
    const first = [...one.options].findIndex((option) => option.defaultSelected);
    return one.selectedIndex !== Math.max(first, one.options.length && !one.multiple ? 0 : -1);
  }
  return one.checked !== one.defaultChecked || (one.matches("input, textarea") && one.value !== one.defaultValue);
});

// A choice that has a button of its own need not be followed by a press of it, unless that would lose what stands in
// another form: then it is left to the button.
document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLSelectElement) || event.target.dataset.sends === undefined) {
    return;
  }
  const own = event.target.form;
  if ([...document.forms].some((form) => form !== own && isFilledIn(form))) {
    own.querySelector("template")?.replaceWith(own.querySelector("template").content);
  } else {
    own.requestSubmit();
  }
});

// Twice sent is twice done: a form of ours is sent once from a page. Of somebody who stops the browser, or whose line
// breaks, no event tells; so what is still there after a while can be sent again.
const LOST = 6000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.formTarget) {
    return;
  }
  if (form.method === "post" && form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, LOST);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
});

// What is shown once is not there any more for whoever comes back to the page.
window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-once]")) {
    shown.remove();
  }
});

// The page where somebody is stands in view in a row of the menu that goes on to the side.
for (const here of document.querySelectorAll(".menu [aria-current]")) {
  const row = here.closest("ul");
  const [inside, around] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += (inside.left + inside.right - around.left - around.right) / 2;
}

// What moves while somebody watches stands still while nobody does.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.dataset.live !== undefined) {
    event.preventDefault();
  }
});

// Without script a browser prints by its own menu.
for (const button of document.querySelectorAll("button[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Where there is nothing to decide, a form goes by itself.
for (const form of document.querySelectorAll("form[data-goes-on]")) {
  form.requestSubmit();
}

// A preview follows what is typed. Each goes into a new frame: in one that is there already it would be a step of its
// own to go back through.
const LATER = 500;
let preview = 0;
document.addEventListener("input", (event) => {
  const button = event.target.form?.querySelector("button[data-previews]");
  if (!button) {
    return;
  }
  clearTimeout(preview);
  preview = setTimeout(() => {
    const frame = document.querySelector(`iframe[name="${CSS.escape(button.formTarget)}"]`);
    const fresh = frame.cloneNode();
    fresh.removeAttribute("src");
    frame.replaceWith(fresh);
    button.form.requestSubmit(button);
  }, LATER);
});
