#!/usr/bin/env python3
"""Trains the model, a forest for blocks of pages, one for lines of flattened text and one for their titles, and writes it.

    cargo run --release --example features -- SETS/NAME/FORM DUMPS/NAME.FORM     (for each set and form)
    python3 tests/bench/train.py SETS DUMPS [--write src/classify/model.txt] [--folds 5] [--unseen DIR]

SETS holds folders with truth.jsonl (id, url, text); DUMPS what the example wrote. A block's target is whether most of its
words stand in the page's gold text in that order, each place there taken by one block; see `targets`, and `trust` for
targets that are doubted. Folds are split by site, and each
form of a page is in its page's fold.
Printed: the F1 that keeping every block above 0.5 would reach on folds not seen, by set, form and metric. With --unseen,
DIR gets each fold's model and the pages it has not seen, for `cargo bench --bench quality -- --unseen DIR`.
A text's title is the one that its page has as HTML. Features tell how far a line is from the title, so that a change of the
title's forest asks for a second round of dumps and training.
Needs catboost and numpy.
"""
import argparse
import json
import re
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlparse

import catboost
import numpy as np

TOKEN = re.compile(r"\w+")
PARAMETERS = dict(depth=6, l2_leaf_reg=3, border_count=128, rsm=0.4, bootstrap_type="Bernoulli", subsample=0.8,
                  leaf_estimation_iterations=1, score_function="L2", thread_count=2, random_seed=1, verbose=0,
                  allow_writing_files=False)
# Trees, learning rate and what else differs of each forest: the title's has a hundredth of the others' rows.
FORESTS = {"html": dict(iterations=600, learning_rate=0.08), "text": dict(iterations=200, learning_rate=0.2),
           "title": dict(iterations=80, learning_rate=0.3, border_count=32)}
# Log-odds against a line's target from which it is doubted, what it weighs then, and the folds that tell.
DOUBT, DOUBTED, WITNESSES = 2.0, 0.2, 3
# What a page's form weighs, beside 0.5 of a flattened one: clean texts only remind the forest that they exist.
OF_FORM = {"html": 1.0, "flat_clean": 0.1}
# Words of a run that is looked up in the gold text; shares of a block's runs that have to be there, and where it is a line.
RUN, SHARE, LINE_SHARE = 3, 0.6, 0.5
# Words from which a block has no copy by chance, and beyond which it says no more of its neighbours; blocks that are neighbours.
SOLID, MANY, REACH = 12, 60, 6
# Log-odds that are added to a block's: the mean of pages' F1 is best where a block is kept below even odds (Lipton, Elkan and
# Naryanaswamy 2014, Optimal Thresholding of Classifiers to Maximize F1 Measure); chosen on folds not seen.
LEAN = {"html": 0.4, "text": 0.15}
# What all lines weigh that are a page's title, beside each other line; and all lines of clean texts, whose title is first.
TITLES, TITLES_OF_CLEAN = 3.0, 0.3
UNIT = 1e-4


def forest_of(part):
    return "html" if part["form"] == "html" else "text"


def grams(tokens, n):
    return [tuple(tokens[i:i + n]) for i in range(max(1, len(tokens) - n + 1))] if tokens else []


def targets(texts, gold):
    """For each block 1 where it is in the gold text, 0 where not, -1 where it cannot be told. Of what a page says twice and
    the gold text once, as menus say headings, it is the copy with more of the gold text around it."""
    blocks = [TOKEN.findall(text.lower()) for text in texts]
    lines = Counter(" ".join(TOKEN.findall(line.lower())) for line in gold.splitlines())
    lines[""] = 0
    runs = Counter(grams(TOKEN.findall(gold.lower()), RUN))

    def held(block):
        """The share of a block's runs that are left, and these, where they hold it; None where not."""
        is_line = lines[" ".join(block)] > 0
        own = Counter(grams(block, RUN)) if len(block) >= RUN else Counter()
        hits = own & runs
        share = hits.total() / own.total() if own else 1.0
        is_held = (is_line or own) and share >= (LINE_SHARE if is_line else SHARE)
        return (share, hits) if is_held else None

    y = np.array([0 if block else -1 for block in blocks])
    maybe = {at: found[0] for at, block in enumerate(blocks) if (found := held(block))}
    if not maybe:
        return y
    copies = Counter(" ".join(blocks[at]) for at in maybe)
    alone = [at for at in maybe if copies[" ".join(blocks[at])] == 1]
    sure = np.zeros(len(blocks))
    sure[alone] = [min(len(blocks[at]), MANY) for at in alone]
    nearness = 1 - np.abs(np.arange(-REACH, REACH + 1)) / (REACH + 1)
    around = np.convolve(sure, nearness)[REACH:len(sure) + REACH] - sure
    # Paragraphs first, and of these the ones that are wholly there: captions say some of their words again.
    solid = {at: maybe[at] for at in alone if len(blocks[at]) >= SOLID}
    for at in sorted(maybe, key=lambda at: (-solid.get(at, 0.0), -around[at])):
        if found := held(blocks[at]):
            y[at] = 1
            runs.subtract(found[1])
            lines[" ".join(blocks[at])] -= 1
    return y


def site_number(row):
    parts = (urlparse(row["url"]).netloc.removeprefix("www.") or row["id"].split("-")[0]).split(".")
    site = ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])
    return int(sha256(site.encode()).hexdigest(), 16)


def load(sets, dumps, folds):
    parts, orders = [], {}
    for dump in sorted(dumps.glob("*.jsonl")):
        if dump.stat().st_size == 0:
            continue
        name, form = dump.stem.split(".")
        truth = {r["id"]: r for r in map(json.loads, (sets / name / "truth.jsonl").open(encoding="utf8"))}
        names = dump.with_suffix(".names").read_text().split("\n")
        rows = np.fromfile(dump.with_suffix(".f32"), dtype=np.float32).reshape(-1, len(names))
        assert orders.setdefault(forest_of(dict(form=form)), names) == names
        orders["title"] = dump.with_suffix(".titles.names").read_text().split("\n")
        title_rows = np.fromfile(dump.with_suffix(".titles.f32"), dtype=np.float32).reshape(-1, len(orders["title"]))
        at = title_at = 0
        for line in dump.open(encoding="utf8"):
            page = json.loads(line)
            n = len(page["texts"])
            block = rows[at:at + n]
            at += n
            candidates = page["candidates"]
            of_title = title_rows[title_at:title_at + len(candidates)]
            title_at += len(candidates)
            row = truth.get(page["id"])
            if row is None:
                continue
            size = np.array([len(TOKEN.findall(t)) for t in page["texts"]], dtype=np.float32)
            parts.append(dict(set=name, form=form, row=row, x=block, texts=page["texts"], size=size,
                              title=page["title"], candidates=candidates, of_title=of_title, site=site_number(row),
                              fold=site_number(row) % folds, y=targets(page["texts"], row["text"])))
    return parts, orders


def weights(part):
    """Blocks weigh by their words, pages alike; the title says nothing: it is found by rules."""
    w = (1.5 + np.minimum(part["size"], 120)) / (60 + len(TOKEN.findall(part["row"]["text"]))) ** 0.75
    w = np.where(part["y"] < 0, 0, w)
    if part["title"] is not None:
        w[part["title"]] = 0
    # Vietnamese first; the sets differ in size by far.
    w = w * {"vi-dev": 6.0, "fundus-a": 2.5}.get(part["set"], 1.0)
    return w * OF_FORM.get(part["form"], 0.5)


def shingles(text, n=4):
    return Counter(grams(TOKEN.findall(text or ""), n))


def word_f1(gold, text):
    t, p = Counter(TOKEN.findall(gold.lower())), Counter(TOKEN.findall(text.lower()))
    hits = sum((t & p).values())
    return 2 * hits / (sum(t.values()) + sum(p.values())) if hits else 0.0


def kept(part, score):
    """The text of the blocks above 0; with the title where the gold text has it."""
    keep = score > 0
    if part["title"] is not None:
        keep[part["title"]] = part["set"] == "vi-dev"
    return "\n".join(t for t, k in zip(part["texts"], keep) if k)


def evaluate(parts, scores):
    table = {}
    for part, score in zip(parts, scores):
        text = kept(part, score)
        t, p = shingles(part["row"]["text"]), shingles(text)
        hit = sum((t & p).values())
        pr, rc = hit / max(1, sum(p.values())), hit / max(1, sum(t.values()))
        wf = word_f1(part["row"]["text"], text)
        table.setdefault((part["set"], part["form"]), []).append((pr if p else None, rc, wf, part["row"]["id"]))
    for key, values in table.items():
        pr = np.mean([v[0] for v in values if v[0] is not None])
        rc = np.mean([v[1] for v in values])
        print(f"{key[0]:18} {key[1]:14} shingle {2 * pr * rc / (pr + rc):.4f}  P {pr:.4f} R {rc:.4f}  word {np.mean([v[2] for v in values]):.4f}")
    return table


def predict(model, part):
    score = model.predict(part["x"], prediction_type="RawFormulaVal") if len(part["x"]) else []
    return np.array(score, dtype=np.float32)


def fit(parts, forest, weigh):
    x = np.concatenate([p["x"] for p in parts])
    y = np.concatenate([p["y"] for p in parts])
    w = np.concatenate([weigh(p) for p in parts])
    use = w > 0
    model = catboost.CatBoostClassifier(**{**PARAMETERS, **FORESTS[forest]})
    return model.fit(catboost.Pool(x[use], y[use].astype(int), weight=w[use] / w[use].mean()))


def trust(part, score):
    """What a page's blocks weigh beside models that have not seen its site. Gold texts are cut short, or hold what others leave
    out: a page counts as much as the models agree with its gold text, and a block little whose target they clearly
    contradict (Brodley and Friedl 1999, Identifying Mislabeled Training Data). The gold texts of vi-dev tell
    title, lead and body apart, and are trusted."""
    if part["set"] == "vi-dev":
        return 1.0
    against = np.where(part["y"] > 0, -score, score)
    return word_f1(part["row"]["text"], kept(part, score)) * np.where(against > DOUBT, DOUBTED, 1.0)


def train(parts, forest):
    """Lines of flattened text twice: what the models of the first round say of pages that they have not seen weighs the
    second's. Blocks of pages once: there it won nothing."""
    weigh = weights
    if forest == "text":
        doubt(parts)
        weigh = lambda part: weights(part) * part["trust"]
    model = fit(parts, forest, weigh)
    scale, bias = model.get_scale_and_bias()
    model.set_scale_and_bias(scale, bias + LEAN[forest])
    return model


def doubt(parts):
    """Has the models of the first round say how far each part is trusted."""
    witness_of = lambda part: part["site"] // 97 % WITNESSES
    for witness in range(WITNESSES):
        model = fit([p for p in parts if witness_of(p) != witness], "text", weights)
        for part in (p for p in parts if witness_of(p) == witness):
            part["trust"] = trust(part, predict(model, part))


def title_rows(parts):
    """The lines that `title.rs` chooses from, of each text that holds its title, with 1 for the title."""
    squash = lambda text: " ".join(TOKEN.findall(text.lower()))
    titles = {(p["set"], p["row"]["id"]): squash(p["texts"][p["title"]])
              for p in parts if p["form"] == "html" and p["title"] is not None}
    rows = []
    for part in (p for p in parts if p["form"] != "html"):
        title = titles.get((part["set"], part["row"]["id"]), "")
        texts = [squash(text) for text in part["texts"]]
        if len(title.split()) >= 3 and title in texts:
            y = np.array([int(texts[at] == title) for at in part["candidates"]])
            rows.append(dict(x=part["of_title"], y=y, fold=part["fold"], set=part["set"], form=part["form"]))
    return rows


def train_titles(rows):
    rows = [row for row in rows if row["y"].any()]
    x, y = np.concatenate([r["x"] for r in rows]), np.concatenate([r["y"] for r in rows])

    def weigh(row):
        """A text whose title stands there many times has one title."""
        w = (1.0 if row["set"].startswith("wcxb") else 3.0) * (TITLES_OF_CLEAN if row["form"] == "flat_clean" else 1.0)
        return w * np.where(row["y"] == 1, TITLES / row["y"].sum(), 1.0)

    model = catboost.CatBoostClassifier(**{**PARAMETERS, **FORESTS["title"]})
    return model.fit(catboost.Pool(x, y, weight=np.concatenate([weigh(row) for row in rows])))


def titles_found(model, rows):
    """For each text whether the line that is taken for the title says the same as the title."""
    best = lambda row: np.argmax(model.predict(row["x"], prediction_type="RawFormulaVal"))
    return [row["y"].any() and row["y"][best(row)] == 1 for row in rows]


def train_all(parts, keep):
    """The three forests, from the documents for which `keep` is true."""
    models = {forest: train([p for p in parts if forest_of(p) == forest and keep(p)], forest) for forest in ("html", "text")}
    return {**models, "title": train_titles([r for r in title_rows(parts) if keep(r)])}


def write(models, path, orders):
    lines = []
    for forest in ("html", "text", "title"):
        dump = path.with_suffix(".json")
        models[forest].save_model(str(dump), format="json")
        model = json.loads(dump.read_text())
        dump.unlink()
        scale, (bias,) = model["scale_and_bias"]
        lines += [f"forest {forest}", *(f"feature {n}" for n in orders[forest]), f"base {bias:.6g}"]
        column = {f["feature_index"]: f["flat_feature_index"] for f in model["features_info"]["float_features"]}
        for tree in model["oblivious_trees"]:
            splits = [f"{column[s['float_feature_index']]}:{s['border']:.9g}" for s in tree["splits"]]
            values = [f"{round(v * scale / UNIT)}" for v in tree["leaf_values"]]
            letters = "".join(chr(97 + int(min(25, np.log2(w + 1)))) for w in tree["leaf_weights"])
            lines += ["tree " + " ".join(splits), " ".join(values), letters]
    path.write_text("\n".join(lines) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("sets", type=Path)
    a.add_argument("dumps", type=Path)
    a.add_argument("--write", type=Path)
    a.add_argument("--folds", type=int, default=5)
    a.add_argument("--unseen", type=Path)
    a = a.parse_args()
    parts, orders = load(a.sets, a.dumps, a.folds)
    for forest in ("html", "text"):
        chosen = [p for p in parts if forest_of(p) == forest]
        blocks = sum(len(p["y"]) for p in chosen)
        print(f"{forest}: {len(chosen)} documents, {blocks} blocks, {len(orders[forest])} features")
    if a.folds > 1:
        for fold in range(a.folds):
            models = train_all(parts, lambda part: part["fold"] != fold)
            unseen = [p for p in parts if p["fold"] == fold]
            for part in unseen:
                part["score"] = predict(models[forest_of(part)], part)
            found = titles_found(models["title"], title_rows(unseen))
            print(f"fold {fold}: titles found {np.mean(found):.3f} of {len(found)}")
            if a.unseen:
                a.unseen.mkdir(parents=True, exist_ok=True)
                write(models, a.unseen / f"{fold}.txt", orders)
                pages = sorted({f"{p['set']}/{p['row']['id']}" for p in unseen})
                (a.unseen / f"{fold}.pages").write_text("\n".join(pages) + "\n")
        print("folds not seen:")
        evaluate(parts, [p["score"] for p in parts])
        print("the bound of perfect targets:")
        evaluate(parts, [np.where(p["y"] > 0, 1.0, -1.0) for p in parts])
    if a.write:
        models = train_all(parts, lambda _: True)
        for forest, model in models.items():
            gain = sorted(zip(model.get_feature_importance(), orders[forest]), reverse=True)[:20]
            print(f"strongest, {forest}:", ", ".join(n for _, n in gain))
        write(models, a.write, orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
