"""Faults in receipts, and in what makes an artefact true or stale."""

from tests.mutants import Mutant

RECEIPTS = "tests/io/test_receipts.py"

MUTANTS = [
    Mutant(
        "io/receipts.py",
        "                self.check(upstream, place(upstream))\n",
        "                pass\n",
        f"{RECEIPTS}::test_a_receipt_falls_with_the_upstream_it_read",
    ),
    Mutant(
        "io/receipts.py",
        '        now["files"] = self.files(home)\n',
        '        now["files"] = stated["files"]\n',
        f"{RECEIPTS}::test_a_changed_file_of_the_artefact_is_named",
    ),
]
