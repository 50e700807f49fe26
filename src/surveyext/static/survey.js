// Adds a copy button to each card's BibTeX, and lets the keyboard reach what scrolls sideways
// in every browser. Everything else works without a script.
for (const block of document.querySelectorAll(".survey-bibtex")) {
  const source = block.querySelector("pre") ?? block;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "survey-copy";
  button.textContent = surveyWord("Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = surveyWord("Copied");
    } catch {
      // No clipboard here: select the text, so that one keystroke copies it.
      getSelection().selectAllChildren(source);
      button.textContent = surveyWord("Selected");
    }
    setTimeout(() => (button.textContent = surveyWord("Copy")), 2000);
  });
  button.setAttribute("aria-live", "polite");
  block.before(button);
}

const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".survey-scroll, .table-wrapper, article pre")) {
  wide.observe(box);
}
