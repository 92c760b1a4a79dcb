# SPDX-License-Identifier: Apache-2.0
"""cells: owns the table: what is run, how it is run side by side, TAP lines, and the page at the end."""
import concurrent.futures
import re
import textwrap
import time
import traceback

from world import Failed, Lacks

# As libc says it, and NSPR (PR_ADDRESS_IN_USE_ERROR).
IN_USE = r"in use|-5982"


def printable(text):
    return "".join(c if c == "\n" or " " <= c <= "~" else "?" for c in text)


class Table:
    def __init__(self):
        self.rows, self.columns, self.cells = [], [], {}

    def add(self, row, column, what):
        if row not in self.rows:
            self.rows.append(row)
        if column not in self.columns:
            self.columns.append(column)
        self.cells[row, column] = {"run": what}

    def _one(self, key):
        cell = self.cells[key]
        began = time.monotonic()
        self._try(cell)
        # Somebody may take a port between our look and a server's bind: then the cell begins anew.
        for _ in range(2):
            if cell["is"] == "FAILED" and re.search(IN_USE, cell["why"]):
                self._try(cell)
        cell["took"] = time.monotonic() - began

    @staticmethod
    def _try(cell):
        cell.pop("why", None)
        try:
            cell["run"]()
            cell["is"] = "passed"
        except Lacks as e:
            cell["is"], cell["why"] = "lacks", str(e)
        except Failed as e:
            cell["is"], cell["why"] = "FAILED", printable(str(e))
        except Exception:  # pylint: disable=broad-except
            cell["is"], cell["why"] = "FAILED", traceback.format_exc()

    def run(self, workers):
        """A TAP line for each row as it ends, with what went wrong in its cells; how many rows failed."""
        left = {row: sum(r == row for r, _ in self.cells) for row in self.rows}
        done = failed = 0
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            futures = {pool.submit(self._one, key): key for key in self.cells}
            for future in concurrent.futures.as_completed(futures):
                row, _ = futures[future]
                left[row] -= 1
                if not left[row]:
                    done += 1
                    failed += self._tell(done, row)
        print(f"1..{done}", flush=True)
        return failed

    def _tell(self, number, row):
        cells = {column: cell for (r, column), cell in self.cells.items() if r == row}
        count = {word: sum(c["is"] == word for c in cells.values()) for word in ("passed", "lacks", "FAILED")}
        for column, cell in cells.items():
            if cell["is"] == "FAILED":
                print(f"# {column}:\n" + textwrap.indent(cell["why"], "#   ", lambda _: True))
        summary = f"{row}: {count['passed']} peers pass, {count['lacks']} lack it"
        if count["FAILED"]:
            names = ", ".join(column for column, c in cells.items() if c["is"] == "FAILED")
            print(f"not ok {number} {summary}, failed: {names}", flush=True)
        elif count["passed"]:
            print(f"ok {number} {summary}", flush=True)
        else:
            print(f"ok {number} {row} # SKIP no peer has it here", flush=True)
        return count["FAILED"] > 0

    def page(self, versions):
        """Rows are features, columns are peers; what a peer lacks is a numbered note."""
        notes, lines = [], ["Peers:"]
        for i, column in enumerate(self.columns):
            lines.append(f"  {chr(ord('A') + i)}  {column}  ({versions.get(column, '')})")
        width = max(len(r) for r in self.rows)
        lines += ["", " " * width + "".join(f" {chr(ord('A') + i):>5}"
                                           for i in range(len(self.columns)))]
        for row in self.rows:
            line = row.ljust(width)
            for column in self.columns:
                cell = self.cells.get((row, column))
                word = "-"
                if cell and cell["is"] == "lacks":
                    if cell["why"] not in notes:
                        notes.append(cell["why"])
                    word = f"[{notes.index(cell['why']) + 1}]"
                elif cell:
                    word = {"passed": "ok", "FAILED": "FAIL"}[cell["is"]]
                line += f" {word:>5}"
            lines.append(line)
        lines += ["", "ok: passed; -: nothing to see from this side; [n]: the peer lacks it:"]
        lines += [f"  [{i + 1}] {note}" for i, note in enumerate(notes)]
        return "\n".join(lines) + "\n"
