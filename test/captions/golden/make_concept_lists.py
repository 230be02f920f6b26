"""
Writes concept_lists.json: what the published clean-up makes of data/concepts, written down a second time in Python.

    python test/captions/golden/make_concept_lists.py && npm run format        needs no package
"""

import hashlib
import json
import pathlib

here = pathlib.Path(__file__).parent
data = here.parents[2] / "data" / "concepts"


def rows(name):
    return (data / name).read_text().splitlines()


def digest(names):
    """A hash of the names in order."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def places():
    # The published file's lines are numbered by the official list; these numbers are absent from it.
    absent = {16, 17, 47, 157, 161, 166, 170, 189, 213, 223, 237, 256, 316, 326}
    names = []
    for line in rows("places-365.txt"):
        path, number = line.split()
        if int(number) in absent:
            continue
        path = path.replace("stadium/", "") + ("_stadium" if "stadium/" in path else "")
        names.append(path.split("/")[2].replace("_", " "))
    return names


def sun():
    names = [" ".join(line.split("/")[2:]).replace("_", " ") for line in rows("sun-397.txt")]
    return [name.replace(" outdoor", "").replace(" indoor", "").strip() for name in names]


def in21k(count=13000):
    table = [line.split("\t") for line in rows("in-21k.tsv")[1:]]
    table = [(name, synset, int(sense), int(used), int(many)) for name, synset, sense, used, many in table]
    # Stable sorts, the least important key first.
    table.sort(key=lambda row: row[1][::-1])
    table.sort(key=lambda row: row[2])
    table.sort(key=lambda row: row[3], reverse=True)
    table.sort(key=lambda row: row[4], reverse=True)
    kept, seen = [], set()
    for row in table:
        if len(kept) == count:
            break
        if row[0].lower() not in seen:
            seen.add(row[0].lower())
            kept.append(row[0])
    for name in rows("caltech-101.txt")[1:] + rows("pets.txt"):
        name = " ".join(name.split())
        if name.lower() not in seen:
            seen.add(name.lower())
            kept.append(name)
    return kept


def main():
    lists = {
        "in-1k": [line.split("\t")[0] for line in rows("in-1k.tsv")[1:]],
        "in-21k": in21k(),
        "places-365": places(),
        "sun-397": sun(),
        "places": list(dict.fromkeys(places() + sun())),
        "food": rows("food-101.txt"),
        "cars": [name + " car" for name in rows("cars.txt")],
        "aircraft": [name + " aircraft" for name in rows("aircraft.txt")],
        "flowers": rows("flowers.txt"),
        "dtd": rows("dtd.txt"),
    }
    golden = {
        name: {"lines": len(names), "unique": len(set(names)), "sha256": digest(names)} for name, names in lists.items()
    }
    (here / "concept_lists.json").write_text(json.dumps(golden, indent=2) + "\n")


main()
