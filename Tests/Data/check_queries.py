#!/usr/bin/env python3
"""Checks the sets of queries against the profiles they judge.

    check_queries.py QUERIES.json PROFILES.jsonl [QUERIES.json PROFILES.jsonl ...]

Every slug must exist, ids and texts must be unique, grades must be 1, 2 or 3 and each query needs a grade 3. For queries
of kind "meaning" the words that a query shares with its grade-3 profiles are reported, so that "found by meaning" is
measured rather than asserted. Words are compared in lower case without accents and English endings, stop words
aside, over every text of a profile. Exits 1 when something is wrong; sharing words is a finding, not a fault.
"""

import json
import re
import sys
import unicodedata

KINDS = ("meaning", "words", "mixed", "name", "misspelt name", "partial name", "language", "question", "constraint", "long")
STOP_WORDS = set(
    """a about above after again against all also am an and any are as at be because been before being below between
    both but by can could did do does doing down during each few for from further had has have having he her here hers
    him his how i if in into is it its itself just me more most my no nor not of off on once only or other our out
    over own s same she should so some such t than that the their them then there these they this those through to
    too under until up us very was we were what when where which while who whom why will with would you your""".split()
)


def stem(word):
    """Drops the common English endings, enough to see that "sails" and "sailing" are one word."""
    for ending in ("ingly", "edly", "ing", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def words(text):
    """The stems of the words of a text, without stop words, each with the word it came from."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return {stem(w): w for w in re.findall(r"[^\W_]+", plain) if w not in STOP_WORDS}


def texts(value):
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def faults(queries, profiles):
    """What makes a set of queries unusable, one line each."""
    ids, seen = set(), set()
    for query in queries:
        name = query["id"]
        if name in ids:
            yield f"{name}: the id is used twice"
        if query["text"] in seen:
            yield f"{name}: the text is used twice"
        ids.add(name)
        seen.add(query["text"])
        if query["kind"] not in KINDS:
            yield f"{name}: unknown kind {query['kind']!r}"
        slugs = [judged["slug"] for judged in query["relevant"]]
        if len(slugs) != len(set(slugs)):
            yield f"{name}: a profile is judged twice"
        for judged in query["relevant"]:
            if judged["slug"] not in profiles:
                yield f"{name}: no profile {judged['slug']!r}"
            if judged["grade"] not in (1, 2, 3):
                yield f"{name}: grade {judged['grade']!r} of {judged['slug']!r}"
        if not any(judged["grade"] == 3 for judged in query["relevant"]):
            yield f"{name}: no profile of grade 3"


def report(queries, profiles):
    """Prints, for each query by meaning, the words it shares with each of its grade-3 profiles."""
    meaning = [query for query in queries if query["kind"] == "meaning"]
    clean = 0
    for query in meaning:
        asked = words(query["text"])
        shared = {}
        for judged in query["relevant"]:
            if judged["grade"] == 3:
                common = asked.keys() & words(" ".join(texts(profiles[judged["slug"]]))).keys()
                if common:
                    shared[judged["slug"]] = sorted(asked[key] for key in common)
        clean += not shared
        print(f"  {query['id']} {query['text']!r}: {'; '.join(f'{k}: {v}' for k, v in shared.items()) or 'nothing'}")
    print(f"  {clean} of {len(meaning)} queries by meaning share no word with any grade-3 profile")


def main(arguments):
    if not arguments or len(arguments) % 2:
        sys.exit(__doc__)
    broken = False
    for queries_path, profiles_path in zip(arguments[::2], arguments[1::2]):
        with open(queries_path, encoding="utf-8") as file:
            queries = json.load(file)["queries"]
        with open(profiles_path, encoding="utf-8") as file:
            profiles = {p["meta"]["canonical"]: p for p in map(json.loads, file)}
        count = {kind: sum(query["kind"] == kind for query in queries) for kind in KINDS}
        print(f"{queries_path}: {len(queries)} queries {count} over {len(profiles)} profiles")
        found = list(faults(queries, profiles))
        for line in found:
            print(f"  error: {line}")
        broken = broken or bool(found)
        if not found:
            report(queries, profiles)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
