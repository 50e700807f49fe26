// Adds a copy button to each card's BibTeX. Everything else works without a script.
for (const block of document.querySelectorAll(".survey-bibtex")) {
  const source = block.querySelector("pre") ?? block;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "survey-copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      // No clipboard here: select the text, so that one keystroke copies it.
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  button.setAttribute("aria-live", "polite");
  block.before(button);
}
