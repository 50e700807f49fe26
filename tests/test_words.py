"""Words: catalogs have every word that the extension prints, and a survey shows them."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from surveyext.i18n import LOCALE, SCRIPT

if TYPE_CHECKING:
    from babel.messages import Catalog
    from conftest import SmallSurvey
    from playwright.sync_api import Browser

LANGUAGES = sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/survey.po"))
VALUE = re.compile(r"%[sd]|\{\w+\}")
INDEX = """
# 首页

```{filter}
```

```{all-entries}
```

```{entry-index} code
```

```{toctree}
techniques/pruning
techniques/distillation
bibliography
```
"""


def catalog(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES/survey.po").open("rb") as file:
        return read_po(file, locale=language)


def printed() -> set[str]:
    """Return every word that the source marks as one to translate."""
    config = ConfigParser()
    config.read(LOCALE / "babel.cfg", encoding="utf-8")
    parts = [section.split(": ") for section in config.sections()]
    methods = [(pattern, method) for method, pattern in parts]
    options = {section.split(": ")[1]: dict(config[section]) for section in config.sections()}
    found = extract_from_dir(
        LOCALE.parent, methods, options, {**DEFAULT_KEYWORDS, "surveyWord": None}
    )
    return {str(message) for _file, _line, message, _comments, _context in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_exactly_the_words_that_are_printed(language: str) -> None:
    known = {str(message.id) for message in catalog(language) if message.id}
    assert len(known) > 90
    assert known == printed(), "run `make words` and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_and_keeps_its_values(language: str) -> None:
    for message in catalog(language):
        if message.id:
            assert message.string, f"{message.id!r} is not translated"
            assert not message.fuzzy
            ours, theirs = (VALUE.findall(str(text)) for text in (message.id, message.string))
            # Values without names keep their order.
            named = all(value.startswith("{") for value in ours)
            assert (sorted(theirs) == sorted(ours)) if named else (theirs == ours), message.id


def test_chinese_is_the_first_other_language() -> None:
    assert "zh_CN" in LANGUAGES


def test_a_survey_in_chinese_shows_chinese_words(survey: SmallSurvey) -> None:
    survey.write("index.md", INDEX)
    build = survey.build(language="zh_CN")
    assert build.warnings == []
    pruning = build.read("techniques/pruning.html")
    for word in ("引用", "下载", "论文", "代码", "后续扩展", "此条目的链接", "此公式的链接"):
        assert word in pruning, word
    for word in (">Cite<", "Download: ", "Extended by", "Link to this"):
        assert word not in pruning, word
    index = build.read("index.html")
    assert "筛选功能需要 JavaScript" in index
    assert re.findall(r"<th class=\"head[^>]*><p>(\w+)</p>", index) == [
        "论文", "作者", "会议或期刊", "年份", "技术", "代码", "收录时间",
    ]  # fmt: skip
    assert 'id="code-authors-code">作者代码 (1)' in index  # places keep their names


def test_words_of_scripts_reach_a_site_with_its_doctrees_inside(survey: SmallSurvey) -> None:
    out = survey.root / "html"
    settings = ["-q", "-W", "-D", "language=zh_CN", "-D", "exclude_patterns=html"]
    # In a process of its own: Sphinx leaves its language behind.
    command = [sys.executable, "-m", "sphinx", *settings, str(survey.root), str(out)]
    subprocess.run(command, check=True)
    assert "surveyWords" in (out / "_static" / SCRIPT).read_text(encoding="utf-8")


def test_a_survey_in_english_has_no_script_of_words(survey: SmallSurvey) -> None:
    build = survey.build()
    assert f"_static/{SCRIPT}" not in build.files()
    assert SCRIPT not in build.read("index.html")
    assert ">Cite<" in build.read("techniques/pruning.html")


def test_a_language_without_a_catalog_shows_english_words(survey: SmallSurvey) -> None:
    build = survey.build(language="de")
    assert build.warnings == []
    assert ">Cite<" in build.read("techniques/pruning.html")


@pytest.mark.once
def test_scripts_speak_chinese_too(survey: SmallSurvey, browser: Browser) -> None:
    survey.write("index.md", INDEX)
    out = survey.build(language="zh_CN").out
    page = browser.new_page()
    page.set_default_timeout(10_000)
    page.goto((out / "index.html").as_uri())
    assert page.locator(".survey-status").inner_text() == "2 个条目"
    page.fill("#survey-words", "TinyBERT")
    page.locator(".survey-status", has_text="1 / 2 个条目。").wait_for()
    assert page.locator(".survey-chips button").first.get_attribute("aria-label") == (
        "移除筛选条件 “TinyBERT”"
    )
    page.fill("#survey-words", "")
    page.click("table.survey-entries thead button:has-text('年份')")
    page.locator("th[aria-sort=descending]").wait_for()
    assert page.url.endswith("?sort=-year")
    page.goto((out / "techniques/pruning.html").as_uri())
    page.locator("summary", has_text="引用").first.click()
    assert page.locator(".survey-copy").inner_text() == "复制"
    page.close()
