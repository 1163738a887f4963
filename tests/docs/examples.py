"""Runs every shell example of a page against a real server, and compares what the page says they print.

usage: examples.py PAGE...   (HOLDFAST_BINARY and HOLDFAST_SOURCE_DIR come from ctest)

README.md beside this file says how a page marks what a reader does not see.
"""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(os.environ["HOLDFAST_SOURCE_DIR"])

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
REMARK = re.compile(r"<!-- test: (.*?)-->", re.S)

# What differs from run to run, in what is printed and in what the page shows alike.
MASKS = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "TIME"),
    (r"hf_[A-Za-z0-9_]+", "KEY"),
    (r"\b(?=[0-9a-z]*\d)[0-9a-z]{12}-\d+-", "LEDGER-"),
    (r"\bledger [0-9a-z]{12}\b", "ledger LEDGER"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r'"request_id":"[^"]*"', '"request_id":"ID"'),
]


class Block:
    def __init__(self, line, text):
        self.line, self.text = line, text
        self.output = None  # what the page says it prints
        self.not_run = None  # why
        self.hidden = False
        self.fails = False


def blocks_of(page, text):
    """Shell blocks, hidden ones included, and files, in the order of the page."""
    found, remarks = [], []
    tokens = sorted([*FENCE.finditer(text), *REMARK.finditer(text)], key=lambda match: match.start())
    fenced = [(match.start(), match.end()) for match in FENCE.finditer(text)]
    for token in tokens:
        line = text.count("\n", 0, token.start()) + 1
        if token.re is REMARK:
            if any(start < token.start() < end for start, end in fenced):
                continue
            remark = token.group(1)
            if remark.startswith("before\n"):
                block = Block(line, remark.split("\n", 1)[1])
                block.hidden = True
                found.append(block)
            else:
                remarks.append(remark.strip())
            continue
        kind, body = token.groups()
        block = None
        if kind == "sh":
            block = Block(line, body)
        elif kind == "output":
            if not found or found[-1].hidden:
                sys.exit(f"{page}:{line}: an output without a shell block before it")
            found[-1].output = body
        for remark in remarks:
            verb, _, rest = remark.partition(" ")
            if verb == "file":
                block = Block(line, f"mkdir -p \"$(dirname {rest})\"\ncat >{rest} <<'END_OF_FILE'\n{body}END_OF_FILE\n"
                                    f"chmod 600 {rest}\n")
                block.hidden = True
            elif verb == "not-run":
                block.not_run = rest
            elif verb == "fails":
                block.fails = True
            elif verb == "for":
                shown, _, used = rest.partition(" use ")
                block.text = block.text.replace(shown, used)
            else:
                sys.exit(f"{page}:{line}: there is no mark '{remark}'")
        remarks = []
        if block:
            found.append(block)
    if remarks:
        sys.exit(f"{page}: a mark without a block behind it: {remarks}")
    return found


def script_of(blocks, root):
    """One shell for the page, so that what one block sets the next one has."""
    lines = ["set -eo pipefail", f"cd {shlex.quote(str(root))}/work"]
    for number, block in enumerate(blocks):
        if block.not_run:
            continue
        # what the page puts where a machine has it lies beneath the temporary directory here
        text = re.sub(r"(?<![\w./$}-])/(var/lib|etc|backup)/", rf"{root}/\1/", block.text)
        lines += [f"echo {number} >{root}/at", f"exec >{root}/out.{number} 2>{root}/err.{number}"]
        if block.fails:
            text = f"if (set -e\n{text}); then echo 'this should have failed' >&2; exit 1; fi"
        lines.append(text)
    return "\n".join(lines) + "\n"


def masked(text, root):
    text = text.replace(str(root), "")
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return [line.rstrip() for line in text.strip().split("\n")]


def is_as_shown(shown, printed):
    """Line by line; `…` in a line stands for any text, alone in a line for any number of lines."""
    pattern = ""
    for line in shown:
        if line == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*?".join(re.escape(part) for part in line.split("…")) + r"\n"
    return re.fullmatch(pattern, "\n".join(printed) + "\n") is not None


def prepare(root):
    for name in ("work/build/release", "bin", "var/lib", "etc", "backup"):
        (root / name).mkdir(parents=True)
    for name in ("holdfast", "curl", "systemctl"):
        (root / "bin" / name).symlink_to(HERE / "bin" / name)
    (root / "work/build/release/holdfast").symlink_to(HERE / "bin/holdfast")
    (root / "work/dev").symlink_to("/bin/true")
    (root / "work/docs").mkdir()
    (root / "work/docs/pictures").mkdir()


def stop_server(root):
    """Waits for its end, at most a minute: it writes its last files then."""
    if not (root / "serve.pid").exists():
        return
    process = int((root / "serve.pid").read_text())
    end = time.monotonic() + 60
    try:
        os.kill(process, signal.SIGTERM)
        while time.monotonic() < end:
            time.sleep(0.01)
            os.kill(process, 0)
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_page(page):
    """The problems of the page, as text; prints what was run."""
    blocks = blocks_of(page, (SOURCE / page).read_text())
    setup = HERE / "setup" / (page.replace("/", "-") + ".sh")
    if setup.exists():
        before = Block(0, setup.read_text())
        before.hidden = True
        blocks.insert(0, before)
    problems = []
    with tempfile.TemporaryDirectory(prefix="holdfast-docs-") as name:
        root = pathlib.Path(name)
        prepare(root)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HOLDFAST_")}
        environment |= {
            "PATH": f"{root}/bin:{os.environ['PATH']}", "EXAMPLES_ROOT": str(root), "HOME": str(root / "work"),
            "EXAMPLES_BINARY": os.environ["HOLDFAST_BINARY"], "NO_COLOR": "1",
        }
        (root / "page.sh").write_text(script_of(blocks, root))
        try:
            ended = subprocess.run(["bash", root / "page.sh"], env=environment, stdin=subprocess.DEVNULL,
                                   timeout=240).returncode
        finally:
            stop_server(root)

        def read(what, number):
            return (root / f"{what}.{number}").read_text(errors="replace")

        if ended:
            at = int((root / "at").read_text())
            log = (root / "serve.log").read_text()[-1500:] if (root / "serve.log").exists() else ""
            return [f"{page}:{blocks[at].line}: exit code {ended}\n{blocks[at].text}\n--- printed\n{read('out', at)}"
                    f"{read('err', at)}\n--- the server said\n{log}"]
        for number, block in enumerate(blocks):
            if os.environ.get("EXAMPLES_SHOW") and not block.hidden and not block.not_run:
                print(f"--- line {block.line}\n{read('out', number)}")
            if block.output is None or block.not_run:
                continue
            shown, printed = masked(block.output, root), masked(read("out", number), root)
            if not is_as_shown(shown, printed):
                problems.append(f"{page}:{block.line}: prints something else than the page shows\n"
                                + "\n".join(printed))
    run = [block for block in blocks if not block.hidden and not block.not_run]
    compared = sum(block.output is not None for block in run)
    print(f"{page}: {len(run)} run, {compared} with their output compared")
    for block in blocks:
        if block.not_run:
            print(f"  not run: line {block.line}, {block.not_run}")
    return problems


def main():
    problems = [problem for page in sys.argv[1:] for problem in run_page(page)]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems or len(sys.argv) < 2 else 0)


if __name__ == "__main__":
    main()
