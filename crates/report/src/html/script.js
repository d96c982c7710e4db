"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  document.querySelector(".theme").addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  const reveal = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
  };
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (target) {
      reveal(target);
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();

  addEventListener("beforeprint", () => all("details").forEach((fold) => (fold.open = true)));

  const form = document.querySelector(".filter");
  if (!form) return;
  const findings = all(".finding").map((element) => ({
    element,
    text: null,
    count: Number(element.dataset.count),
    severity: element.dataset.severity,
    stage: element.dataset.stage,
  }));
  const folds = all(".stage, .rule, .more");
  const output = form.querySelector("output");
  const format = (value) => value.toLocaleString("en");
  const total = findings.reduce((sum, finding) => sum + finding.count, 0);

  const apply = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const stage = form.elements.stage.value;
    const wanted = new Set(all(".filter [name=severity]:checked").map((box) => box.value));
    let shown = 0;
    for (const finding of findings) {
      let fits = wanted.has(finding.severity) && (!stage || finding.stage === stage);
      if (fits && words.length) {
        finding.text ??= (finding.element.dataset.rule + " " + finding.element.textContent).toLowerCase();
        fits = words.every((word) => finding.text.includes(word));
      }
      finding.element.hidden = !fits;
      if (fits) shown += finding.count;
    }
    for (const fold of folds) {
      const left = fold.querySelector(".finding:not([hidden])");
      fold.hidden = !left;
      if (left && words.length && fold.tagName === "DETAILS") fold.open = true;
    }
    output.value = shown === total ? `${format(total)} shown` : `${format(shown)} of ${format(total)} shown`;
  };
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
