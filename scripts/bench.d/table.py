#!/usr/bin/env python3
"""table.py: reads bench's lines, prints CPU time a write as a table, and in-tree's time divided by tlsup's: the
median of the rounds' ratios, for within a round the two are measured one behind the other."""
import collections
import statistics
import sys

REFERENCE = "tls"


def read(lines):
    """{(mode, ulp, version): {size: [(tx, rx) of each round]}}, in the order of the lines."""
    cells = collections.OrderedDict()
    for line in lines:
        words = line.split()
        if len(words) != 6 or words[0] not in ("kvec", "user"):
            continue
        key = tuple(words[:3])
        cells.setdefault(key, {}).setdefault(int(words[3]), []).append((float(words[4]), float(words[5])))
    return cells


def header(title, sizes):
    print("| " + title + " | " + " | ".join("%d B" % size for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")


def ratio(cells, reference, key, size, pick):
    return statistics.median(pick(theirs) / pick(ours)
                             for theirs, ours in zip(cells[reference][size], cells[key][size], strict=True))


def times(cells, sizes):
    header("CPU ns per write, median (min-max)", sizes)
    for key, row in cells.items():
        for side, index in (("TX", 0), ("RX", 1)):
            values = [[pair[index] for pair in row[size]] for size in sizes]
            print("| %s %s | " % (name(key), side) + " | ".join(
                "%.0f (%.0f-%.0f)" % (statistics.median(v), min(v), max(v)) for v in values) + " |")


def name(key):
    mode, ulp, version = key
    return mode + " " + ulp + ("" if version == "-" else " " + version)


def ratios(cells, sizes):
    """Returns how many cells are slower than the reference's: both directions together count."""
    slower = 0
    others = [key for key in cells if key[1] not in ("plain", REFERENCE)]
    if not others:
        return 0
    print()
    header("in-tree / ours (more is faster)", sizes)
    for mode, ulp, version in others:
        reference = (mode, REFERENCE, version)
        if reference not in cells:
            continue
        for side, pick in (("TX", lambda p: p[0]), ("RX", lambda p: p[1]), ("sum", sum)):
            row = [ratio(cells, reference, (mode, ulp, version), size, pick) for size in sizes]
            slower += sum(r < 1 for r in row)
            print("| %s %s | " % (name((mode, ulp, version)), side) + " | ".join("%.2f" % r for r in row) + " |")
    return slower


def main():
    cells = read(sys.stdin)
    if not cells:
        sys.exit("table: no measurements")
    sizes = sorted({size for row in cells.values() for size in row})
    times(cells, sizes)
    slower = ratios(cells, sizes)
    if any(key[1] not in ("plain", REFERENCE) for key in cells):
        print("\ncells slower than in-tree: %d" % slower)


main()
