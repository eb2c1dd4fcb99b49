/* Fetches a page of task logs again while something on it still changes. The page works without it. */
"use strict";
(() => {
  const LONGEST_PAUSE = 60;
  let region, pause, etag, timer;
  let asking = false;

  function every() {
    return Number(region.dataset.every);
  }

  function isBusy() {
    if (region.querySelector(".action-select:checked, .actions select:focus")) return true;
    const selection = document.getSelection();
    return !selection.isCollapsed && region.contains(selection.anchorNode);
  }

  function show(fresh) {
    for (const opened of region.querySelectorAll("details[id]")) {
      const same = fresh.querySelector(`#${CSS.escape(opened.id)}`);
      if (same) same.open = opened.open;
    }
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    region.replaceWith(document.adoptNode(fresh));
    region = fresh;
    if (focused && document.activeElement === document.body) {
      const same = region.querySelector(`a[href="${CSS.escape(focused)}"]`);
      if (same) same.focus({ preventScroll: true });
    }
  }

  function take(request) {
    if (request.status === 304) return;
    const fresh = request.status === 200 && request.response && request.response.getElementById("pu-live");
    if (!fresh) throw new Error("no page of task logs");
    etag = request.getResponseHeader("ETag");
    show(fresh);
  }

  function done(request) {
    asking = false;
    try {
      take(request);
      pause = every();
    } catch {
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
    wait();
  }

  function ask() {
    if (asking) return;
    if (document.hidden || isBusy()) {
      wait();
      return;
    }
    const request = new XMLHttpRequest();
    request.open("GET", window.location.href);
    request.responseType = "document";
    request.timeout = 30000;
    if (etag) request.setRequestHeader("If-None-Match", etag);
    request.addEventListener("loadend", () => done(request));
    asking = true;
    request.send();
  }

  function wait() {
    clearTimeout(timer);
    if (region.dataset.every) timer = setTimeout(ask, pause * 1000);
  }

  function tickAll(event) {
    if (event.target.id !== "action-toggle") return;
    for (const box of document.querySelectorAll(".action-select")) box.checked = event.target.checked;
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.addEventListener("change", tickAll);
    region = document.getElementById("pu-live");
    if (!region || !region.dataset.every) return;
    pause = every();
    document.addEventListener("visibilitychange", () => document.hidden || !region.dataset.every || ask());
    wait();
  });
})();
