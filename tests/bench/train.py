#!/usr/bin/env python3
"""Trains the block model and writes it as text.

    cargo run --release --example features -- SETS/NAME/FORM DUMPS/NAME.FORM     (for each set and form)
    python3 tests/bench/train.py SETS DUMPS [--write src/classify/model.txt] [--folds 5]

SETS holds folders with truth.jsonl (id, url, text); DUMPS what the example wrote. A block's target is whether most of its
words stand in the page's gold text in that order. Folds are split by site, and each form of a page is in its page's fold.
Printed: the F1 that keeping every block above 0.5 would reach on folds not seen, by set, form and metric.
Needs lightgbm and numpy.
"""
import argparse
import json
import re
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlparse

import lightgbm as lgb
import numpy as np

TOKEN = re.compile(r"\w+")
PARAMETERS = dict(objective="binary", learning_rate=0.07, num_leaves=24, min_data_in_leaf=60, feature_fraction=0.4,
                  bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, verbose=-1, seed=1, num_threads=2, deterministic=True,
                  max_bin=127, path_smooth=1.0)


def grams(tokens, n):
    return [tuple(tokens[i:i + n]) for i in range(max(1, len(tokens) - n + 1))] if tokens else []


def target(text, gold3, gold_lines, gold_words):
    """1 where the block is in the gold text, 0 where not, None where it cannot be told."""
    tokens = TOKEN.findall(text.lower())
    if not tokens:
        return None
    if " ".join(tokens) in gold_lines:
        return 1
    if len(tokens) < 3:
        return 0
    hits = sum(g in gold3 for g in grams(tokens, 3))
    share = hits / (len(tokens) - 2)
    return 1 if share >= 0.6 else 0


def fold_of(row, folds):
    parts = (urlparse(row["url"]).netloc.removeprefix("www.") or row["id"].split("-")[0]).split(".")
    site = ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])
    return int(sha256(site.encode()).hexdigest(), 16) % folds


def load(sets, dumps, folds, order):
    parts = []
    for dump in sorted(dumps.glob("*.jsonl")):
        if dump.stat().st_size == 0:
            continue
        name, form = dump.stem.split(".")
        truth = {r["id"]: r for r in map(json.loads, (sets / name / "truth.jsonl").open(encoding="utf8"))}
        names = dump.with_suffix(".names").read_text().split("\n")
        rows = np.fromfile(dump.with_suffix(".f32"), dtype=np.float32).reshape(-1, len(names))
        assert names == order or not order
        order = names
        at = 0
        for line in dump.open(encoding="utf8"):
            page = json.loads(line)
            n = len(page["texts"])
            block = rows[at:at + n]
            at += n
            row = truth.get(page["id"])
            if row is None:
                continue
            gold = TOKEN.findall(row["text"].lower())
            gold3 = set(grams(gold, 3))
            lines = {" ".join(TOKEN.findall(x.lower())) for x in row["text"].splitlines()} - {""}
            y = [target(t, gold3, lines, gold) for t in page["texts"]]
            size = np.array([len(TOKEN.findall(t)) for t in page["texts"]], dtype=np.float32)
            parts.append(dict(set=name, form=form, row=row, x=block, texts=page["texts"], size=size,
                              title=page["title"], fold=fold_of(row, folds),
                              y=np.array([-1 if v is None else v for v in y])))
    return parts, order


def weights(part):
    """Blocks weigh by their words, pages alike; the title says nothing: it is found by rules."""
    w = (1.5 + np.minimum(part["size"], 120)) / (60 + len(TOKEN.findall(part["row"]["text"]))) ** 0.75
    w = np.where(part["y"] < 0, 0, w)
    if part["title"] is not None:
        w[part["title"]] = 0
    # Vietnamese first; the sets differ in size by far.
    w = w * {"vi-dev": 6.0, "fundus-a": 2.5}.get(part["set"], 1.0)
    return w * (1.0 if part["form"] == "html" else 0.5)


def shingles(text, n=4):
    return Counter(grams(TOKEN.findall(text or ""), n))


def evaluate(parts, scores, threshold=0.0):
    table = {}
    for part, score in zip(parts, scores):
        keep = score > threshold
        if part["set"] == "vi-dev" and part["title"] is not None:
            keep[part["title"]] = True
        elif part["title"] is not None:
            keep[part["title"]] = False
        text = "\n".join(t for t, k in zip(part["texts"], keep) if k)
        t, p = shingles(part["row"]["text"]), shingles(text)
        hit = sum((t & p).values())
        pr, rc = hit / max(1, sum(p.values())), hit / max(1, sum(t.values()))
        tw, pw = Counter(TOKEN.findall(part["row"]["text"].lower())), Counter(TOKEN.findall(text.lower()))
        h = sum((tw & pw).values())
        wp, wr = h / max(1, sum(pw.values())), h / max(1, sum(tw.values()))
        wf = 2 * wp * wr / (wp + wr) if h else 0.0
        table.setdefault((part["set"], part["form"]), []).append((pr if p else None, rc, wf, part["row"]["id"]))
    for key, values in table.items():
        pr = np.mean([v[0] for v in values if v[0] is not None])
        rc = np.mean([v[1] for v in values])
        print(f"{key[0]:18} {key[1]:14} shingle {2 * pr * rc / (pr + rc):.4f}  P {pr:.4f} R {rc:.4f}  word {np.mean([v[2] for v in values]):.4f}")
    return table


def train(parts, rounds, names):
    x = np.concatenate([p["x"] for p in parts])
    y = np.concatenate([p["y"] for p in parts])
    w = np.concatenate([weights(p) for p in parts])
    use = w > 0
    data = lgb.Dataset(x[use], y[use], weight=w[use] / w[use].mean(), feature_name=names)
    return lgb.train(PARAMETERS, data, num_boost_round=rounds)


def write(model, path, names):
    dump = model.dump_model()
    lines = [f"feature {n}" for n in names] + ["base 0"]
    for tree in dump["tree_info"]:
        nodes = []

        def visit(node):
            at = len(nodes)
            nodes.append(None)
            if "leaf_value" in node:
                nodes[at] = f"l {node['leaf_value']:.5g}"
                return at
            left, right = visit(node["left_child"]), visit(node["right_child"])
            unknown = 1 if node["default_left"] else 0
            nodes[at] = f"s {node['split_feature']} {float(node['threshold']):.9g} {unknown} {left} {right} {node['internal_value']:.4g}"
            return at

        visit(tree["tree_structure"])
        lines += ["tree", *nodes]
    path.write_text("\n".join(lines) + "\n")
    print(f"{path}: {path.stat().st_size} bytes, {len(dump['tree_info'])} trees")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("sets", type=Path)
    a.add_argument("dumps", type=Path)
    a.add_argument("--write", type=Path)
    a.add_argument("--folds", type=int, default=5)
    a.add_argument("--rounds", type=int, default=220)
    a.add_argument("--worst", type=int, default=0)
    a = a.parse_args()
    parts, names = load(a.sets, a.dumps, a.folds, None)
    print(len(parts), "documents,", sum(len(p["y"]) for p in parts), "blocks,", len(names), "features")
    if a.folds > 1:
        scores = [None] * len(parts)
        for fold in range(a.folds):
            model = train([p for p in parts if p["fold"] != fold], a.rounds, names)
            for i, part in enumerate(parts):
                if part["fold"] == fold:
                    scores[i] = model.predict(part["x"], raw_score=True) if len(part["x"]) else np.zeros(0)
        print("folds not seen:")
        table = evaluate(parts, scores)
        for key, values in table.items():
            for v in sorted(values, key=lambda v: v[2])[:a.worst]:
                print(f"   {key[0]} {key[1]} {v[3]} word {v[2]:.3f} P {v[0]} R {v[1]:.3f}")
        print("the bound of perfect targets:")
        evaluate(parts, [np.where(p["y"] > 0, 1.0, -1.0) for p in parts])
    if a.write:
        model = train(parts, a.rounds, names)
        gain = sorted(zip(model.feature_importance("gain"), names), reverse=True)[:25]
        print("strongest:", ", ".join(n for _, n in gain))
        write(model, a.write, names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
