"""The actions that whoever deploys needs, read from the journals of whole lives of a stack.

    python -m awslocal.deployer PAGE JOURNAL...         says what the page lacks, and what its table has too much
    python -m awslocal.deployer --part PAGE JOURNAL...  says what it lacks: these are not whole lives of all stacks
    python -m awslocal.deployer --write PAGE JOURNAL... writes the table anew
    python -m awslocal.deployer --add PAGE ACTION...    adds actions to the table, such as ecs:RunTask

A journal is a run folder's moto/calls.jsonl. Calls of roles are not the deployer's; everything else is, failed look-ups
too, as AWS refuses what is not allowed before it looks. What AWS asks for beside a call's own action, and no journal
shows, is on the page, above the table: that it is called is no surprise, and that it is not is none either. The exit code is
0 when the page is right, 1 when it is not.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from awslocal.access import actions, passed_roles, reference, s3_needs
from awslocal.calls import Call

HEAD = "| service | actions |"


def needed(journals: Iterable[Path]) -> set[str]:
    """The actions behind all calls of the administrator's; ValueError for a call whose action IAM does not have."""
    out: set[str] = set()
    for line in (line for journal in journals for line in journal.read_text().splitlines()):
        entry = json.loads(line)
        if "as" not in entry:
            out |= of(entry["call"])
    return out


def of(text: str) -> set[str]:
    """The actions behind one call, "service:Action" in boto3's names."""
    service, _, action = text.partition(":")
    call = Call(service, action, "")
    names = s3_needs.names(action) if service == "s3" else [actions.name(call)]
    unknown = [name for name in names if not reference.has_action(name)]
    if unknown and text not in actions.ALWAYS:
        raise ValueError(f"{text}: IAM has no action {', '.join(unknown)}; name the right one in access/actions.py")
    return {*names, *(["iam:PassRole"] if text in passed_roles.PASSED else [])}


def listed(page: str) -> set[str]:
    """The actions in the table of a page."""
    rows = re.findall(r"^\| (\S+) \| (.*) \|$", page.partition(HEAD)[2], re.MULTILINE)
    return {f"{service}:{name}" for service, names in rows if names != "---" for name in names.split(", ")}


def table(found: set[str]) -> str:
    """The table: a row for each service."""
    services: dict[str, list[str]] = {}
    for action in sorted(found):
        service, _, name = action.partition(":")
        services.setdefault(service, []).append(name)
    rows = [f"| {service} | {', '.join(names)} |" for service, names in services.items()]
    return "\n".join([HEAD, "| --- | --- |", *rows, ""])


def named(page: str) -> set[str]:
    """The actions that a page names above its table."""
    return set(re.findall(r"\b[a-z0-9-]+:[A-Z]\w+", page.partition(HEAD)[0]))


def differences(found: set[str], page: str, name: str, whole: bool) -> list[str]:
    """What is wrong with a page, by the actions that were called: a line each, with what to do; nothing if it is right.

    That an action was never called is held against the page only where the calls are of whole lives.
    """
    short = sorted(found - listed(page) - named(page))
    long = sorted(listed(page) - found) if whole else []
    out = []
    if short:
        add = f"python -m awslocal.deployer --add {name} {' '.join(short)}"
        out.append(
            f"{name} is short: called, and not on it: {', '.join(short)}; if the program needs that, "
            f"add it with `{add}`, in local/emulator"
        )
    if long:
        out.append(f"{name} is long: in its table, and never called: {', '.join(long)}; take it out, or have a life call it")
    return out


def main(arguments: list[str]) -> int:
    """The command above."""
    about = "Hold the list of what a deployer needs against journals."
    parser = argparse.ArgumentParser(prog="python -m awslocal.deployer", description=about)
    way = parser.add_mutually_exclusive_group()
    for flag, does in (("part", "the journals are not all"), ("write", "write the table anew"), ("add", "add actions to the table")):
        way.add_argument(f"--{flag}", action="store_true", help=does)
    parser.add_argument("page", type=Path)
    parser.add_argument("given", nargs="+", help="journals; with --add, actions")
    asked = parser.parse_args(arguments)
    text = asked.page.read_text()
    if asked.add:
        if unknown := [action for action in asked.given if not reference.has_action(action)]:
            parser.error(f"IAM has no action {', '.join(unknown)}")
        found = listed(text) | set(asked.given)
    else:
        found = needed(map(Path, asked.given))
    if asked.write or asked.add:
        asked.page.write_text(text.partition(HEAD)[0] + table(found))
        return 0
    wrong = differences(found, text, str(asked.page), whole=not asked.part)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
