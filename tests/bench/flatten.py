#!/usr/bin/env python3
"""Flattens the pages of a set in three more ways, so that the model sees more kinds of flattened text in training.

    python3 tests/bench/flatten.py SETS

For each SETS/NAME/html it writes SETS/NAME/flat_layout (inscriptis: indentation and columns as a text browser shows them)
and SETS/NAME/flat_alt (every element a line, empty lines between blocks, the alternative text of pictures as lines), and from SETS/NAME/truth.jsonl
SETS/NAME/flat_clean (heading and gold text alone, as a cleaner writes them: such a text is to stay as it is).
Needs inscriptis, beautifulsoup4 and lxml.
"""
import json
import sys
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString, Comment
from inscriptis import get_text

BLOCK = set("address article aside blockquote dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header "
            "hr li main nav ol p pre section table tr ul body td th".split())
GAP = set("p h1 h2 h3 h4 h5 h6 blockquote table ul ol figure section article".split())
SKIP = set("script style noscript template head svg iframe select textarea".split())


def flat_alt(soup):
    out = []

    def walk(node):
        for child in node.children:
            if isinstance(child, Comment):
                continue
            if isinstance(child, NavigableString):
                before, after = (" " if edge.isspace() else "" for edge in (child[:1], child[-1:]))
                out.append(before + " ".join(child.split()) + after)
            elif child.name in SKIP:
                continue
            elif child.name == "br":
                out.append("\n")
            elif child.name == "img":
                if child.get("alt"):
                    out.append("\n" + child["alt"] + "\n")
            else:
                edge = "\n\n" if child.name in GAP else "\n" if child.name in BLOCK else ""
                out.append(edge)
                walk(child)
                out.append(edge)

    walk(soup.body or soup)
    lines = "".join(out).split("\n")
    text, gap = [], False
    for line in (" ".join(line.split()) for line in lines):
        if line:
            text.append(line)
            gap = False
        elif not gap:
            text.append("")
            gap = True
    return "\n".join(text).strip() + "\n"


def flat_clean(row, soup):
    heading = row.get("title") or " ".join((soup.h1 or soup.title or soup).get_text(" ").split())[:200]
    body = row.get("body")
    paragraphs = [row.get("lead") or "", *body] if body else row["text"].split("\n")
    gap = "\n\n" if len(row["id"]) % 2 else "\n"
    return gap.join(line for line in (" ".join(text.split()) for text in (heading, *paragraphs)) if line) + "\n"


def main():
    sys.setrecursionlimit(5000)
    for folder in sorted(Path(sys.argv[1]).glob("*/html")):
        for form in ("flat_layout", "flat_alt", "flat_clean"):
            (folder.parent / form).mkdir(exist_ok=True)
        rows = map(json.loads, (folder.parent / "truth.jsonl").open(encoding="utf8"))
        truth = {row["id"]: row for row in rows}
        for page in sorted(folder.glob("*.html")):
            data = page.read_bytes()
            try:
                soup = BeautifulSoup(data, "lxml")
                texts = {"flat_layout": get_text(soup.decode()), "flat_alt": flat_alt(soup)}
                if page.stem in truth:
                    texts["flat_clean"] = flat_clean(truth[page.stem], soup)
            except Exception as error:
                print(f"{page.name}: {error}", file=sys.stderr)
                continue
            for form, text in texts.items():
                (folder.parent / form / f"{page.stem}.txt").write_text(text, encoding="utf8", errors="replace")


if __name__ == "__main__":
    main()
