"""Verifies a bundle for auditors: `verify.py DIR [--json] [--fingerprint HEX]`.

Exit code 0: whole, nothing was said; 9 to 16: the most serious class of what was (WIRE.md, "Verdicts");
2: the arguments are not usable.
"""

import argparse
import sys

from verifier.audit import audit


def main() -> int:
    """Reads the arguments, audits and prints."""
    parser = argparse.ArgumentParser(description="Verifies a bundle for auditors.")
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--json", action="store_true", help="findings for machines")
    parser.add_argument("--fingerprint", metavar="HEX", type=bytes.fromhex,
                        help="of roster version 1, as compared in person")
    arguments = parser.parse_args()
    report = audit(arguments.folder, arguments.fingerprint)
    print(report.json() if arguments.json else report.text())
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
