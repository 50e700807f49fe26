"""Read the Docs: its schema, and the commands that it would run, in a fresh copy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from conftest import REAL_ROOT, fresh_copy

from surveyext.library.bib import parse
from surveyext.library.text import plain
from surveyext.output.assets import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = {
    ".readthedocs.yaml": "vendor.readthedocs",
    "CITATION.cff": "vendor.citation-file-format",
}
ADDRESS = "https://efficient-language-models.readthedocs.io/en/latest/"
MARGIN = 20.0  # points to the right of the text that a reader hardly sees
OPF = "{http://www.idpf.org/2007/opf}"


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command that must succeed and return what it printed."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "READTHEDOCS_CANONICAL_URL", "SOURCE_DATE_EPOCH")
    done = subprocess.run(
        command,
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key not in ours} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}"
    return done.stdout


def schema_says(path: Path, schema: str) -> subprocess.CompletedProcess[str]:
    """Return the outcome of validating a YAML file."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += ["--default-filetype", "yaml", "--force-filetype", "yaml", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def config() -> dict[str, Any]:
    """Return what .readthedocs.yaml says."""
    return dict(yaml.safe_load((REAL_ROOT / ".readthedocs.yaml").read_text(encoding="utf-8")))


def installs(python: str) -> Iterator[list[str]]:
    """Yield the commands that Read the Docs derives from `python.install`."""
    for step in config()["python"]["install"]:
        if "requirements" in step:
            yield [python, "-m", "pip", "install", "--exists-action=w", "-r", step["requirements"]]
        else:
            assert step["method"] == "pip"
            upgrade = ["--upgrade", "--upgrade-strategy", "only-if-needed"]
            yield [python, "-m", "pip", "install", *upgrade, step["path"]]


@pytest.mark.parametrize("name", SCHEMAS)
def test_files_for_services_match_their_schemas(name: str, tmp_path: Path) -> None:
    outcome = schema_says(REAL_ROOT / name, SCHEMAS[name])
    assert outcome.returncode == 0, outcome.stdout
    # The same file with one field too many is refused: the check does look.
    wrong = tmp_path / name
    wrong.write_text(f"{(REAL_ROOT / name).read_text('utf-8')}licence: MIT\n", encoding="utf-8")
    outcome = schema_says(wrong, SCHEMAS[name])
    assert outcome.returncode == 1
    assert "'licence' was unexpected" in outcome.stdout


def test_citation_cff_names_the_version_that_is_released() -> None:
    citation = yaml.safe_load((REAL_ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    version = tomllib.loads((REAL_ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]
    source = (REAL_ROOT / version["version"]["path"]).read_text(encoding="utf-8")
    assert f'__version__ = "{citation["version"]}"' in source


def test_read_the_docs_uses_a_python_that_make_test_covers() -> None:
    loop = (REAL_ROOT / "tools/pythons").read_text(encoding="utf-8").partition("for version in ")
    assert config()["build"]["tools"]["python"] in loop[2].partition(";")[0].split()


@pytest.mark.once  # on the newest, which Read the Docs has
def test_the_commands_of_read_the_docs_give_site_pdf_and_epub(tmp_path: Path) -> None:
    clone, output, venv = tmp_path / "clone", tmp_path / "output", tmp_path / "venv"
    fresh_copy(clone)
    run([sys.executable, "-m", "venv", str(venv)], tmp_path)
    python = str(venv / "bin/python")
    for command in installs(python):
        run(command, clone, PIP_NO_COMPILE="0")  # pip reads 0 as: do not compile what nobody runs

    source = (clone / config()["sphinx"]["configuration"]).parent
    assert config()["sphinx"]["fail_on_warning"] is True
    strict = ["-W", "--keep-going"]
    environment = {"READTHEDOCS": "True", "READTHEDOCS_CANONICAL_URL": ADDRESS}

    def sphinx(builder: str, folder: str, *options: str) -> Path:
        """Build in the folder of conf.py; all formats share one folder of doctrees."""
        command = [python, "-m", "sphinx", "-T", *options, "-b", builder, "-d", "_build/doctrees"]
        out = output / folder
        run([*command, "-D", "language=en", ".", str(out)], source, **environment)
        return out

    check_site(sphinx("html", "html", *strict))
    assert config()["formats"] == ["htmlzip", "pdf", "epub"]
    [offline] = config()["build"]["jobs"]["build"]["htmlzip"]
    words = offline.replace("$READTHEDOCS_OUTPUT", str(output)).split()
    run([python, *words[1:]], clone)
    check_zip(output / "htmlzip")
    check_pdf(latex(sphinx("latex", "pdf")))
    check_epub(sphinx("epub", "epub", *strict))


def check_site(out: Path) -> None:
    """Check that the site knows its address and has the extension's own files."""
    index = (out / "index.html").read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="{ADDRESS}index.html"' in index
    assert f'<meta property="og:url" content="{ADDRESS}index.html" />' in index
    assert f'<meta property="og:image" content="{ADDRESS}_static/preview.png" />' in index
    assert (out / "_static/preview.png").is_file()
    assert f"<loc>{ADDRESS}techniques/pruning.html</loc>" in (out / "sitemap.xml").read_text()
    for form in ("pdf", "epub", "htmlzip"):
        assert f'href="{urljoin(ADDRESS, f"/_/downloads/en/latest/{form}/")}"' in index
    check_not_found(out)
    for name in ("survey.css", "survey.js"):
        assert (out / "_static" / name).read_bytes() == static(name)


def check_not_found(out: Path) -> None:
    """Check that the page for unknown addresses works at any of them."""
    prefix = urlsplit(ADDRESS).path
    text = (out / "404.html").read_text(encoding="utf-8")
    assert "Page not found" in text
    links = re.findall(r' (?:href|src)="([^"#]+)"', text)
    inside = [link for link in links if not urlsplit(link).netloc]
    assert [link for link in inside if not link.startswith(prefix)] == []
    files = {unquote(urlsplit(link).path).removeprefix(prefix) for link in inside}
    assert sorted(name for name in files if not (out / name).exists()) == []


def check_zip(folder: Path) -> None:
    """Check that the one zip has the site's pages, and nothing that needs a server."""
    [path] = folder.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"index.html", "techniques/pruning.html", "_static/survey.css"} <= names
    assert {"404.html", "sitemap.xml", ".buildinfo"} & names == set()


def static(name: str) -> bytes:
    """Return a static file of the extension as its source has it, without comments."""
    return shipped(REAL_ROOT / "src/surveyext/static" / name).encode()


def latex(folder: Path) -> Path:
    """Set the PDF as Read the Docs does."""
    options = ["-r", "latexmkrc", "-pdf", "-f", "-dvi-", "-ps-", "-interaction=nonstopmode"]
    run(["latexmk", *options, "-jobname=survey"], folder)
    log = (folder / "survey.log").read_text(encoding="utf-8", errors="replace")
    assert [line for line in log.splitlines() if line.startswith("Missing character")] == []
    assert [line for line in log.splitlines() if "undefined references" in line] == []
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt", log)]
    assert [points for points in wide if points > MARGIN] == [], "text runs off the page"
    return folder / "survey.pdf"


def check_pdf(pdf: Path) -> None:
    """Check that the PDF is whole: its size, accents, equations, bibliography."""
    facts = dict(line.split(":", 1) for line in run(["pdfinfo", str(pdf)], pdf.parent).splitlines())
    assert int(facts["Pages"]) > 10
    assert facts["Title"].strip() == "Efficient Language Models"
    text = " ".join(run(["pdftotext", str(pdf), "-"], pdf.parent).split())
    accented = [name for name in names_and_titles() if not name.isascii()]
    assert "Hinrich Schütze" in accented
    assert [name for name in accented if name not in text] == []
    assert "∂" in text
    lines = run(["pdftotext", "-layout", str(pdf), "-"], pdf.parent)
    pages = [
        [line.strip() for line in page.splitlines() if line.strip()] for page in lines.split("\f")
    ]
    ends = [page[-2] for page in pages if len(page) > 2]  # above the foot
    assert [end for end in ends if re.fullmatch(r"\d+\.\d+ +[A-Z][^.]*", end)] == []
    outline = run(["pdftohtml", "-xml", "-i", "-l", "1", "-stdout", str(pdf)], pdf.parent)
    chapters = re.findall(r"<item[^>]*>([^<]+)</item>", outline.partition("<outline>")[2])
    assert {"Pruning", "Unstructured pruning"} <= {chapter.strip() for chapter in chapters}
    assert "A living survey" in text.partition("Contents")[0]
    bibliography = text.rpartition("Bibliography Every record of the survey")[2]
    assert "Movement Pruning: Adaptive Sparsity by" in bibliography
    assert "arXiv:2005.07683" in bibliography


def names_and_titles() -> Iterator[str]:
    """Yield every name and every title of the survey's records."""
    for record in parse((REAL_ROOT / "refs.bib").read_text(encoding="utf-8"), "refs.bib")[
        0
    ].values():
        yield from map(str, record.people)
        yield plain(record.field("title"))


def check_epub(folder: Path) -> None:
    """Check that the EPUB is one: its container, its manifest, and pages that are XML."""
    [path] = folder.glob("*.epub")
    assert run([sys.executable, "-m", "epubcheck", str(path)], folder) == ""
    with zipfile.ZipFile(path) as epub:
        assert epub.testzip() is None
        first = epub.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert epub.read("mimetype") == b"application/epub+zip"
        container = ElementTree.fromstring(epub.read("META-INF/container.xml"))
        [package] = container.findall(".//{*}rootfile")
        manifest = ElementTree.fromstring(epub.read(package.attrib["full-path"]))
        items = {item.attrib["id"]: item.attrib["href"] for item in manifest.iter(f"{OPF}item")}
        assert set(items.values()) <= set(epub.namelist())
        spine = [items[item.attrib["idref"]] for item in manifest.iter(f"{OPF}itemref")]
        assert {"index.xhtml", "techniques/pruning.xhtml", "bibliography.xhtml"} <= set(spine)
        pages = {name: ElementTree.fromstring(epub.read(name)) for name in spine}
    pruning = pages["techniques/pruning.xhtml"]
    assert pruning.find(".//{http://www.w3.org/1998/Math/MathML}mfrac") is not None
    assert "Cite" not in [text.strip() for text in pruning.itertext()]  # nothing folds in a book
    for name, page in pages.items():
        ids = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
        assert sorted(set(ids)) == sorted(ids), name
