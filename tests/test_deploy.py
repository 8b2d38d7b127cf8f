"""The files in deploy/ are those of a site that starts, and no proxy writes down what was searched."""

import configparser
import json
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import click
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from referral.app.metrics import Counters
from referral.cli import main
from referral.settings import VARIABLES
from tests.support.server import free_port
from tests.support.settings_table import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = ("referral.service", "referral-worker.service")
FILES = sorted(path for path in DEPLOY.iterdir() if not path.name.startswith("."))


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def ran(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    return done.returncode, done.stdout + done.stderr


def check_command(words):
    """Let click read a command of ours as it would when it is started; nothing runs."""
    with click.Context(main) as context:
        command = main.get_command(context, words[0])
        assert command, words
        command.make_context(words[0], list(words[1:]), parent=context)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_in_the_files_is_one(file):
    assert set(VARIABLE.findall(file.read_text(encoding="utf-8"))) <= set(VARIABLES.values())


def test_every_file_is_explained():
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    assert not [file.name for file in FILES if f"deploy/{file.name}" not in page]


def versions(name):
    """Names and versions; some names have one for older Pythons too."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", text, re.MULTILINE))


def test_a_deployment_installs_the_versions_that_are_tested():
    """CONTRIBUTING.md says how both files are made."""
    locked, tested = versions("requirements.lock"), versions("constraints.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"]]
    asked += [line for name in ("languages", "postgres", "server") for line in extras[name]]
    assert {canonicalize_name(Requirement(line).name) for line in asked} <= {
        name for name, _ in locked
    }
    assert locked <= tested


def test_every_package_of_a_deployment_has_digests_and_no_host_is_named():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^[\w.-]+.*==(?:.*\\\n)*.*", text, re.MULTILINE)
    assert len(entries) == len(versions("requirements.lock"))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|file:|^-|@", text, re.MULTILINE)


@pytest.mark.release
def test_a_build_lists_all_that_a_deployment_installs():
    dist = ROOT / "dist"
    ran_well, output = ran(sys.executable, "go.py", "build", cwd=ROOT, timeout=900)
    assert ran_well == 0, output[-2000:]
    bill = json.loads((dist / "referral.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    listed = {canonicalize_name(each["name"]) for each in bill["components"]}
    here = {name for name, _ in versions("requirements.lock")}
    assert here <= listed
    assert not [each["name"] for each in bill["components"] if not each.get("licenses")]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_of_ours_as_nobody_else(name):
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str
    unit.read(DEPLOY / name, encoding="utf-8")
    service = unit["Service"]
    program, *words = service["ExecStart"].split()
    assert program == "/opt/referral/bin/referral"
    check_command(words)
    assert service["User"] == "referral"
    assert service["StateDirectoryMode"] == "0700"
    assert service["UMask"] == "0077"


@needs("systemd-analyze")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name, tmp_path):
    text = (DEPLOY / name).read_text(encoding="utf-8")
    unit = tmp_path / name
    unit.write_text(text.replace("/opt/referral/bin/referral", "/bin/true"), encoding="utf-8")
    code, output = ran("systemd-analyze", "verify", "--man=no", str(unit))
    assert code == 0, output
    assert name not in output


def test_compose_starts_what_there_is():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"database", "site", "worker", "https"}
    check_command(services["worker"]["command"])
    build = services["site"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    mounted = [each.split(":")[0] for each in services["https"]["volumes"] if each[0] == "."]
    assert mounted
    assert all((DEPLOY / name).is_file() for name in mounted)
    assert services["worker"]["environment"] == services["site"]["environment"]


def test_the_container_copies_all_that_is_shipped():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = {
        name for line in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE) for name in line.split()
    }
    assert all((ROOT / name).exists() for name in copied)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    resources = set(re.findall(r'^"(\w+)" = "referral/_resources', project, re.MULTILINE))
    assert {"referral", "pyproject.toml", "requirements.lock", *resources} <= copied
    command = re.search(r"^CMD \[(.*)\]$", text, re.MULTILINE)[1]
    check_command(re.findall(r'"([^"]+)"', command))


@pytest.mark.release
def test_the_container_is_built(tmp_path):
    builders = [name for name in ("podman", "docker", "buildah") if shutil.which(name)]
    if not builders:
        pytest.skip("no builder of containers is installed")
    file = DEPLOY / "Containerfile"
    code, output = ran(builders[0], "build", "-f", str(file), str(ROOT), timeout=900)
    assert code == 0, output[-2000:]


def test_alerts_are_about_metrics_that_there_are():
    pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text(encoding="utf-8"))["groups"][0][
        "rules"
    ]
    code = (ROOT / "referral/app/metrics.py").read_text(encoding="utf-8")
    counted = re.findall(r"# TYPE (\w+)", Counters().text([])[0].decode())
    known = {*re.findall(r'"(referral_\w+)"', code), *counted, "referral_search_ms_bucket"}
    known |= {f"{name}_total" for name in counted}
    named = {name for rule in rules for name in re.findall(r"\breferral_\w+", rule["expr"])}
    assert len(rules) >= 8
    assert named <= known


@needs("promtool")
def test_prometheus_takes_the_alerts():
    code, output = ran("promtool", "check", "rules", str(DEPLOY / "alerts.yml"))
    assert code == 0, output


def status_of(address):
    """The status of an answer; None while nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def asked_without_a_site(command, port, folder):
    """Ask a proxy whose site is away; the status, and all that it wrote into its folder."""
    address = f"http://127.0.0.1:{port}"
    with (
        (folder / "output").open("w") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as proxy,
    ):
        try:
            deadline = time.monotonic() + 20
            while status_of(f"{address}/metrics") is None and time.monotonic() < deadline:
                time.sleep(0.05)
            found = status_of(f"{address}/search?q=sekrit"), status_of(f"{address}/metrics")
        finally:
            proxy.terminate()
            proxy.wait(20)
    written = [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    return found, "".join(written)


@needs("caddy")
def test_caddy_keeps_metrics_inside_and_writes_no_search(tmp_path, monkeypatch):
    port = free_port()
    monkeypatch.setenv("SITE_NAME", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("SITE_BEHIND", "127.0.0.1:1")
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    (tmp_path / "Caddyfile").write_text(text.replace("{\n", "{\n\tadmin off\n", 1))
    command = ["caddy", "run", "--config", "Caddyfile"]
    found, written = asked_without_a_site(command, port, tmp_path)
    assert found == (502, 404)
    assert "sekrit" not in written


@pytest.fixture
def nginx_folder(tmp_path):
    """Our file with a certificate, on a free port, in a folder of its own."""
    ran(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=help.example.org",
        "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem"),
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for there in ("/etc/letsencrypt/live/help.example.org", "/var/log/nginx"):
        text = text.replace(there, str(tmp_path))
    return tmp_path, text


def configured(folder, text):
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in paths)
    whole = f"daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{places}{text}}}\n"
    (folder / "nginx.conf").write_text(whole)
    return ["nginx", "-e", f"{folder}/start.log", "-c", f"{folder}/nginx.conf"]


@needs("nginx")
@needs("openssl")
def test_nginx_takes_the_file(nginx_folder):
    code, output = ran(*configured(*nginx_folder), "-t")
    assert code == 0, output


@needs("nginx")
@needs("openssl")
def test_nginx_keeps_metrics_inside_and_writes_no_search(nginx_folder):
    folder, text = nginx_folder
    port = free_port()
    _, _, secure = text.partition("}\n")
    listen = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", secure)
    listen = re.sub(r" *(listen \[::\]|ssl_).*\n", "", listen).replace(
        "127.0.0.1:8211", "127.0.0.1:1"
    )
    (folder / "was.conf").write_text(listen)
    found, written = asked_without_a_site(configured(folder, listen), port, folder)
    assert found == (502, 404)
    assert "sekrit" not in written
