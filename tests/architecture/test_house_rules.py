"""House rules that neither ruff nor an import contract states, each shown to catch a breach."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("gateway", "clients", "mappers", "outbox")
FORBIDDEN_NAMES = {"base", "common", "helper", "helpers", "manager", "service", "util", "utils"}

# Where an instant is made; everything else is handed one.
CLOCK_READERS = (
    "gateway/app.py",
    "gateway/cli/",
    "gateway/workers/runner.py",
    "tests/acceptance/",
    "tests/benchmarks/",
)
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
    "func": {"now", "current_timestamp"},  # the database's clock
}
OUTBOUND = (
    "clients/transport.py",
    "gateway/cli/remote.py",  # the Unix socket of a running gateway, nothing further
)
OUTBOUND_NAMES = {"ClientSession", "urlopen", "HTTPConnection", "HTTPSConnection"}
WEBHOOK_IMPORTS = (
    "gateway.storage.inbox",
    "gateway.schema",
    "gateway.tracing",  # follows what is recorded, and does nothing else
    "gateway.web",
    "clients.webhook.signature",
)

Finder = Callable[[PurePosixPath, ast.Module], Iterator[tuple[int, str]]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, how to find breaches of it (line, what to do), and breaches it must find."""

    says: str
    find: Finder
    planted: tuple[tuple[str, str], ...]


def _starts(path: PurePosixPath, *prefixes: str) -> bool:
    return any(str(path).startswith(prefix) for prefix in prefixes)


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _init_is_a_docstring(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.name != "__init__.py" or path.parts[0] not in SHIPPED:
        return
    for node in tree.body if ast.get_docstring(tree) is None else tree.body[1:]:
        yield node.lineno, "move this into a module with a name"
    if ast.get_docstring(tree) is None:
        yield 1, "say in a docstring what the package is"


def _names_say_what(path: PurePosixPath, _tree: ast.Module) -> Iterator[tuple[int, str]]:
    for part in (*path.parts[:-1], path.stem):
        if set(part.split("_")) & FORBIDDEN_NAMES:
            yield 1, f"{part!r} says nothing: name the module after what it holds"
        if path.parts[0] in SHIPPED and part in sys.stdlib_module_names:
            yield 1, f"{part!r} is a module of the standard library: take another word"


def _time_is_an_argument(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if _starts(path, *CLOCK_READERS):
        return
    advice = "take `now` or `today` as an argument; tests use the simulated calendar"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = _dotted(node.value).rpartition(".")[2]
            if node.attr in CLOCKS.get(owner, ()):
                yield node.lineno, advice
    for line, name in _imports(tree):
        if name in {f"time.{clock}" for clock in CLOCKS["time"]}:
            yield line, advice


def _domain_is_plain(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if not _starts(path, "gateway/domain/"):
        return
    for line, name in _imports(tree):
        if name.split(".")[0] not in sys.stdlib_module_names | {"gateway"}:
            yield line, f"{name}: the domain uses the standard library only; hand the value in"


def _money_is_exact(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if not _starts(path, "gateway/domain/", "mappers/"):
        return
    for node in ast.walk(tree):
        types = (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, "write a Decimal or a Fraction"
        elif isinstance(node, ast.Call) and _dotted(node.func) == "float":
            yield node.lineno, "make a Decimal or a Fraction of it"
        elif any(part and "float" in ast.unparse(part) for part in types):
            yield getattr(node, "lineno", 1), "take or return a Decimal or a Fraction"


def _mappers_take_values(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.parts[0] != "mappers":
        return
    for line, name in _imports(tree):
        if name.startswith("gateway.storage") and not name.rpartition(".")[2][:1].isupper():
            yield line, f"{name}: take the row as an argument, and import its class only"


def _webhooks_only_record(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if str(path) != "gateway/web/webhooks.py":
        return
    for line, name in _imports(tree):
        if name.split(".")[0] in SHIPPED and not name.startswith(WEBHOOK_IMPORTS):
            yield line, f"{name}: a webhook is verified, recorded and answered here, nothing else"


def _environment_has_one_reader(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.parts[0] not in SHIPPED or _starts(path, "gateway/settings"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in {"os.environ", "os.getenv"}:
            yield node.lineno, "read it in gateway.settings and hand the value down"


def _outbound_has_one_door(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.parts[0] not in SHIPPED or str(path) in OUTBOUND:
        return
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", getattr(node, "name", None)))
        if name in OUTBOUND_NAMES:
            yield getattr(node, "lineno", 1), "send through clients.transport: it knows doubt"


def _tests_never_sleep(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.parts[0] != "tests":
        return
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and _dotted(node.func).rpartition(".")[2] == "sleep"):
            continue
        yields_only = node.args and ast.unparse(node.args[0]) == "0"
        if not yields_only:
            yield node.lineno, "wait for the thing itself, or move the given time on"


def _tests_look_at_results(path: PurePosixPath, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if path.parts[0] != "tests":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("assert_"):
            yield node.lineno, "assert what came out or what the simulator's books say"


RULES = (
    Rule(
        says="a package's __init__ is a docstring and nothing else",
        find=_init_is_a_docstring,
        planted=(
            ("gateway/web/__init__.py", '"""Edge."""\nfrom gateway.web import server\n'),
            ("outbox/__init__.py", ""),
        ),
    ),
    Rule(
        says="a module's name says what it holds and shadows no standard module",
        find=_names_say_what,
        planted=(
            ("mappers/date_utils.py", ""),
            ("gateway/operations/claim_service.py", ""),
            ("gateway/domain/calendar.py", ""),
            ("clients/http/client.py", ""),
        ),
    ),
    Rule(
        says="time is an argument",
        find=_time_is_an_argument,
        planted=(
            ("gateway/domain/planted.py", "today = date.today()"),
            ("gateway/operations/planted.py", "now = datetime.now(UTC)"),
            ("gateway/operations/planted.py", "clock = datetime.datetime.utcnow"),
            ("gateway/storage/planted.py", "row.values(at=sa.func.now())"),
            ("clients/webhook/planted.py", "stamp = int(time.time())"),
            ("clients/webhook/planted.py", "from time import time"),
            ("tests/unit/planted.py", "today = dt.date.today()"),
        ),
    ),
    Rule(
        says="the domain uses the standard library only",
        find=_domain_is_plain,
        planted=(
            ("gateway/domain/planted.py", "import holidays"),
            ("gateway/domain/eligibility/planted.py", "from pydantic import BaseModel"),
        ),
    ),
    Rule(
        says="money is exact: no float in the domain or a mapper",
        find=_money_is_exact,
        planted=(
            ("gateway/domain/planted.py", "rate = 0.125"),
            ("mappers/planted.py", "amount = float(text)"),
            ("mappers/planted.py", "def amount() -> float | None: ..."),
            ("gateway/domain/planted.py", "class Row:\n    amount: float"),
        ),
    ),
    Rule(
        says="a mapper takes row values from storage, never a function",
        find=_mappers_take_values,
        planted=(
            ("mappers/planted.py", "from gateway.storage.claims import find"),
            ("mappers/planted.py", "import gateway.storage.mirror"),
        ),
    ),
    Rule(
        says="the webhook handler imports only what verifies and records",
        find=_webhooks_only_record,
        planted=(
            ("gateway/web/webhooks.py", "from gateway.storage.claims import find"),
            ("gateway/web/webhooks.py", "from outbox import store"),
        ),
    ),
    Rule(
        says="only gateway.settings reads the environment",
        find=_environment_has_one_reader,
        planted=(
            ("gateway/app.py", "import os\ntoken = os.environ['TOKEN']"),
            ("clients/kravia/client.py", "import os\ntoken = os.getenv('TOKEN')"),
        ),
    ),
    Rule(
        says="outbound HTTP has one door",
        find=_outbound_has_one_door,
        planted=(
            ("gateway/workers/planted.py", "session = aiohttp.ClientSession()"),
            ("clients/kravia/planted.py", "from urllib.request import urlopen"),
        ),
    ),
    Rule(
        says="a test never sleeps",
        find=_tests_never_sleep,
        planted=(
            ("tests/unit/planted.py", "time.sleep(1)"),
            ("tests/integration/planted.py", "async def test_it():\n    await asyncio.sleep(0.1)"),
            ("tests/integration/planted.py", "sleep(PAUSE_SECONDS)"),
        ),
    ),
    Rule(
        says="a test asserts results, not calls on mocks",
        find=_tests_look_at_results,
        planted=(("tests/unit/planted.py", "send.assert_called_once_with(1)"),),
    ),
)


def _sources() -> Iterator[tuple[PurePosixPath, ast.Module]]:
    for folder in (*SHIPPED, "tests"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = PurePosixPath(file.relative_to(ROOT).as_posix())
            yield path, ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.find.__name__.strip("_"))
def test_the_code_as_it_stands_keeps_the_rule(rule: Rule) -> None:
    breaches = [
        f"{path}:{line}: {advice}"
        for path, tree in _sources()
        for line, advice in rule.find(path, tree)
    ]

    assert not breaches, "\n".join([rule.says, *breaches])


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [(rule, path, source) for rule in RULES for path, source in rule.planted],
    ids=lambda value: value.find.__name__.strip("_") if isinstance(value, Rule) else None,
)
def test_a_rule_catches_a_planted_breach(rule: Rule, path: str, source: str) -> None:
    assert list(rule.find(PurePosixPath(path), ast.parse(source)))
