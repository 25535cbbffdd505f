"""What deploy/ hands out is what this software is: units, containers, alerts, settings."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client

from tests.support.servers import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [one for one in UNITS if one.suffix == ".service"]
PYTHON = "/srv/creditor-meetings/.venv/bin/python"


def unit(path: Path) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path)
    return read


def settings_there_are() -> set[str]:
    text = "".join(
        path.read_text() for path in (ROOT / "creditor_meetings" / "config").glob("s*.py")
    )
    return set(re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_0-9]+)\"""", text))


@pytest.mark.parametrize("path", SERVICES, ids=lambda one: one.name)
def test_units_start_what_there_is_and_fence_it_in(path: Path) -> None:
    service = unit(path)["Service"]
    for name in ("ExecStart", "ExecStartPost"):
        if name not in service:
            continue
        program, *words = service[name].split()
        assert program == PYTHON
        if words[0] == "-m":
            module = words[1]
            assert module == "daphne" or (ROOT / f"{module.replace('.', '/')}.py").is_file()
        else:
            assert words[0] == "manage.py"
            assert words[1] in get_commands()
    assert service["User"] == "creditor-meetings"
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split()[0] == "/var/lib/creditor-meetings"
    if service["Type"] == "exec":
        assert service["Restart"] == "always"


def test_a_server_unit_can_hold_a_large_meeting() -> None:
    service = unit(DEPLOY / "systemd" / "creditor-meetings@.service")["Service"]
    assert service["LimitNOFILE"] == "65536"
    assert "-p %i" in service["ExecStart"]
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) > 30  # longer than ending takes


def test_timers_start_services_and_the_target_wants_what_there_is() -> None:
    names = {one.name for one in UNITS}
    for path in UNITS:
        if path.suffix == ".timer":
            assert path.with_suffix(".service").name in names
            assert "OnCalendar" in unit(path)["Timer"]
    wanted = re.findall(r"^Wants=(.+)$", (DEPLOY / "systemd/creditor-meetings.target").read_text(),
                        re.MULTILINE)  # fmt: skip
    for name in " ".join(wanted).split():
        assert re.sub(r"@\d+", "@", name) in names


def test_systemd_itself_accepts_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not on this machine; the units were read above")
    for path in UNITS:
        text = path.read_text().replace(PYTHON, "/bin/true")
        text = re.sub(r"^(WorkingDirectory|Documentation|EnvironmentFile)=.*\n", "", text,
                      flags=re.MULTILINE)  # fmt: skip
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", *sorted(str(one) for one in tmp_path.iterdir())],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "creditor-meetings" in line]
    assert ours == []


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text()))


def test_containers_start_what_there_is(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], set(compose["volumes"])
    assert {"app1", "app2", "close-due", "copies", "migrate", "nginx", "database", "redis"} <= set(
        services
    )
    for name, service in services.items():
        for one in service.get("depends_on", {}):
            assert one in services, f"{name} waits for {one}"
        for one in service.get("volumes", ()):
            source = one.split(":")[0]
            if source.startswith("."):
                there = (DEPLOY / "compose" / source).exists()
                assert there or source in ("./tls", "./backups"), source
            else:
                assert source in volumes
        command = service.get("command", ())
        if isinstance(command, str):
            assert all(f"manage.py {one}" in command for one in ("migrate", "collectstatic"))
        elif list(command[:2]) == ["python", "manage.py"]:
            assert command[2] in get_commands()
    upstreams = services["nginx"]["environment"]["UPSTREAMS"].split()
    assert {one.split(":")[0] for one in upstreams} == {"app1", "app2"}
    for name in ("app1", "app2", "close-due"):
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"] is True
    text = (DEPLOY / "compose" / "Containerfile").read_text()
    assert "USER creditor-meetings" in text
    assert "--require-hashes" in text


def test_nginx_of_the_containers_accepts_what_is_made_for_it(tmp_path: Path) -> None:
    from tests.video.nginx import _certificate

    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    (tmp_path / "tls").mkdir()
    _certificate(tmp_path / "tls")
    done = subprocess.run(
        ["sh", DEPLOY / "compose" / "start_nginx"],
        env={
            "PATH": f"{os.environ['PATH']}:{Path(nginx).parent}",
            "HOST_NAME": "meeting.test", "UPSTREAMS": "127.0.0.1:9001 127.0.0.1:9002",
            "CONFIGURATION": str(DEPLOY / "nginx" / "creditor-meetings.conf"),
            "PLACE": str(tmp_path), "TLS": str(tmp_path / "tls"), "STATIC": "/srv/static",
            "CACHE": str(tmp_path / "cache"), "CHECK": "1",
        },
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "conf.d" / "creditor-meetings.conf").read_text()
    both = ["127.0.0.1:9001", "127.0.0.1:9002"]
    assert re.findall(r"server (\S+) max_fails=1 fail_timeout=5s;", made) == both  # pages
    assert re.findall(r"server (\S+) max_fails=0;", made) == both  # rooms
    assert made.count("server_name meeting.test;") == 2
    assert "alias /srv/static/;" in made


def test_a_location_of_nginx_that_sets_a_header_sets_all_that_we_rely_on() -> None:
    """nginx passes on none of the outer headers where a location sets one of its own."""
    text = (DEPLOY / "nginx" / "creditor-meetings.conf").read_text()
    locations = re.findall(r"^    location (.+?) \{\n(.*?)^    \}", text, re.M | re.S)
    setting = {name: body for name, body in locations if "proxy_set_header" in body}
    assert "/hls/" in setting
    for name, body in setting.items():
        for header in ("Host $host", "X-Forwarded-For $remote_addr",
                       "X-Forwarded-Proto $scheme", "X-Request-ID $request_id"):  # fmt: skip
            assert f"proxy_set_header {header};" in body, f"{name}: {header}"


def test_every_setting_is_explained_and_the_sample_names_no_other() -> None:
    explained = set(re.findall(r"^#?([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.M))
    there = settings_there_are()
    assert len(there) > 30
    assert there - explained == set()
    sample = set(
        re.findall(r"^#?([A-Z_0-9]+)=", (DEPLOY / "creditor-meetings.env").read_text(), re.M)
    )
    assert sample - there == set()


@pytest.mark.django_db
def test_alerts_watch_figures_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    told = Client().get("/metrics").content.decode()
    families = set(re.findall(r"^# TYPE (\S+)", told, re.M))
    for alert in alerts:
        assert {"alert", "expr", "labels", "annotations"} <= set(alert)
        for name in re.findall(r"creditor_meetings_\w+", alert["expr"]):
            assert name in families or name.removesuffix("_bucket") in families, name
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert read["rule_files"] == ["alerts.yml"]
    assert read["scrape_configs"][0]["metrics_path"] == "/metrics"
