"""What comes along to be installed is understood by those who read it: systemd and nginx."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from city.settings import HOME, Settings
from cli.app import app
from tests import nginx

DEPLOY = HOME / "deploy"
UNITS = sorted(file for kind in ("service", "timer") for file in DEPLOY.glob(f"*.{kind}"))
EVERY_UNIT = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_every_unit_is_there() -> None:
    assert {unit.name for unit in UNITS} == {
        "redgrid.service", "redgrid@.service", "redgrid-backup.service", "redgrid-backup.timer",
    }  # fmt: skip


@EVERY_UNIT
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd on this machine")
    # The program lies elsewhere here; everything else is as it comes.
    text = unit.read_text(encoding="utf-8").replace("/opt/redgrid/.venv/bin/redgrid", "/bin/true")
    for other in UNITS:
        (tmp_path / other.name).write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
    name = unit.name.replace("@.", "@8501.")
    (tmp_path / name).write_text(text.replace("/opt/redgrid", str(HOME)), encoding="utf-8")
    asked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": nginx.PATH},
    )  # fmt: skip
    ours = [
        line for line in asked.stderr.splitlines() if "redgrid" in line and "/bin/redgrid is not" not in line
    ]
    assert ours == []


@EVERY_UNIT
def test_what_a_unit_calls_and_sets_exists(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    called = re.findall(r"^ExecStart=\S*/redgrid (\w+)", text, re.MULTILINE)
    assert [name for name in called if name not in COMMANDS] == []
    known = {f"REDGRID_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"REDGRID_\w+", text)) <= known


def test_a_template_differs_from_the_single_unit_in_port_store_and_words_alone() -> None:
    one = (DEPLOY / "redgrid.service").read_text(encoding="utf-8").splitlines()
    many = (DEPLOY / "redgrid@.service").read_text(encoding="utf-8").splitlines()
    differs = {line.split("=")[0].lstrip("# ").split(" ")[0] for line in set(one) ^ set(many)}
    assert differs <= {
        "One",
        "Passwords",
        "REDGRID_DATABASE_URL",
        "Description",
        "EnvironmentFile",
        "Environment",
        "ExecStart",
    }
    assert "REDGRID_DATABASE_URL=sqlite" not in "\n".join(many), "several processes share a PostgreSQL"


def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    main = nginx.prepared(tmp_path, [8501, 8502], http=18080, https=18443)
    asked = subprocess.run(
        [nginx.program(), "-t", "-p", str(tmp_path), "-c", str(main)], capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr
    told = [line for line in asked.stderr.splitlines() if "[warn]" in line or "[emerg]" in line]
    # Debian's nginx does not know the newer way to say it yet.
    assert [line for line in told if "http2" not in line] == []


def test_no_line_of_nginx_holds_an_address_with_a_token() -> None:
    text = nginx.CONFIGURATION.read_text(encoding="utf-8")
    logged = text[text.index("log_format") : text.index(";", text.index("log_format"))]
    assert not re.findall(r"\$(request|request_uri|uri|args|remote_addr|http_referer|cookie_\w+)\b", logged)
    assert "access_log off" in text
