// Adds a copy button to each card's BibTeX. Everything else works without a script.
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
