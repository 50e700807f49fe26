/** A text in the language of the page, with values in the place of their names in braces. */
globalThis.surveyWord = (text, values = {}) =>
  (globalThis.surveyWords?.[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
