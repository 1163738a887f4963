"""The runner itself: a page that is wrong does not pass."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import examples


def run(text):
    """The problems of a page, and what was printed."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "page.md").write_text(text)
        examples.SOURCE = pathlib.Path(folder)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            problems = examples.run_page("page.md")
        return problems, printed.getvalue()


class Runner(unittest.TestCase):
    def test_a_command_that_fails_is_named_with_its_line(self):
        problems, _ = run("text\n\n```sh\ntrue\nfalse\ntrue\n```\n")
        self.assertEqual(len(problems), 1)
        self.assertIn("page.md:3: exit code 1", problems[0])

    def test_another_output_is_a_problem_and_masked_parts_are_none(self):
        page = "```sh\necho 'at 2026-11-23T10:00:00Z: {} left of 12'\n```\n```output\nat 2020-01-01T00:00:00Z: 8 left…\n```\n"
        self.assertEqual(run(page.replace("{}", "8"))[0], [])
        problems, _ = run(page.replace("{}", "9"))
        self.assertEqual(len(problems), 1)
        self.assertIn("9 left", problems[0])

    def test_dots_alone_stand_for_any_lines(self):
        page = "```sh\nseq 5\n```\n```output\n1\n…\n{}\n```\n"
        self.assertEqual(run(page.replace("{}", "5"))[0], [])
        self.assertEqual(len(run(page.replace("{}", "4"))[0]), 1)

    def test_what_is_not_run_is_printed_with_its_reason(self):
        problems, printed = run("<!-- test: not-run it needs a moon -->\n```sh\nfalse\n```\n")
        self.assertEqual(problems, [])
        self.assertIn("0 run", printed)
        self.assertIn("it needs a moon", printed)

    def test_marks_make_files_placeholders_and_expected_failures(self):
        problems, _ = run(
            "<!-- test: file a/b.txt -->\n```csv\nx,y\n```\n<!-- test: before\nZ=1\n-->\n"
            "<!-- test: for HERE use b.txt -->\n```sh\ngrep x a/HERE; echo $Z\n```\n```output\nx,y\n1\n```\n"
            "<!-- test: fails -->\n```sh\ngrep absent a/b.txt\n```\n")
        self.assertEqual(problems, [])
        self.assertEqual(len(run("<!-- test: fails -->\n```sh\ntrue\n```\n")[0]), 1)

    def test_a_real_server_answers_and_its_problems_fail(self):
        served = "<!-- test: before\nholdfast serve --data-dir ledger\n-->\n"
        ask = "```sh\ncurl http://127.0.0.1:4653/{}\n```\n```output\nok\n```\n"
        self.assertEqual(run(served + ask.replace("{}", "livez"))[0], [])
        problems, _ = run(served + ask.replace("{}", "v1/stock/nothing"))
        self.assertIn("unknown_sku", problems[0])


if __name__ == "__main__":
    unittest.main()
