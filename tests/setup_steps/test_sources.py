"""What the project's own files promise: pinned with hashes, no registry's address, no stranger in the page."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

from city.settings import HOME

HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("npmmirror", "com"), ("tuna", "tsinghua"),
        ("mirrors", "aliyun"), ("deb", "debian"),
    )
]  # fmt: skip


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=HOME, capture_output=True, text=True, check=True)
    return [f for f in listed.stdout.splitlines() if (HOME / f).is_file()]


def text_of(file: str) -> str:
    return (HOME / file).read_bytes().decode("utf-8", errors="ignore")


def test_no_file_names_a_package_registry() -> None:
    assert [(f, h) for f in tracked() for h in HOSTS if h in text_of(f)] == []


def test_every_locked_package_has_its_hashes() -> None:
    for name in ("requirements", "requirements-dev", "requirements-bench", "requirements-node"):
        packages = re.split(r"\n(?=\S)", text_of(f"{name}.lock"))
        assert packages and [p for p in packages if "==" in p and "--hash=sha256:" not in p] == []
    assert '"resolved"' not in text_of("package-lock.json") and '"integrity"' in text_of("package-lock.json")


def test_locks_name_no_address_and_no_path() -> None:
    locks = [f for f in tracked() if f.endswith(".lock") or f == "package-lock.json"]
    assert (
        locks
        and [f for f in locks if re.search(r"://| @ |file:|--(index|extra-index|find-links)", text_of(f))]
        == []
    )


def imported(file: str) -> set[str]:
    """The top-level packages that a file imports."""
    nodes = list(ast.walk(ast.parse(text_of(file))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0]
        for name in plain
        | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    }


def test_the_domain_needs_the_standard_library_alone() -> None:
    domain = [f for f in tracked() if f.startswith("domain/") and f.endswith(".py")]
    known = sys.stdlib_module_names | {"domain"}
    assert domain and {f: strange for f in domain if (strange := imported(f) - known)} == {}


def test_running_code_names_no_outside_address() -> None:
    rooms = ("views/", "server/", "gis/", "city/", "dashboard.py")
    code = [f for f in tracked() if f.startswith(rooms) and f.endswith((".py", ".js", ".css", ".html"))]
    assert [f for f in code if re.search(r"https?://(?!www\.w3\.org/2000/svg)", text_of(f))] == []
