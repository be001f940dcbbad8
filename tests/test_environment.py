"""Versions are written once; everything else that installs the course rests on that."""

import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec, Version, VersionSpec

from tests.bank import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT, capture_output=True, text=True, check=True,
).stdout.split()  # fmt: skip


def _locked() -> dict[str, list[str]]:
    lock = (ROOT / "requirements.lock").read_text()
    found: dict[str, list[str]] = {}
    entry = r"^([A-Za-z0-9_.-]+)(?:\[[a-z0-9,-]+\])?==([^ ;\\]+)"  # extras may stand in brackets
    for name, version in re.findall(entry, lock, re.MULTILINE):
        found.setdefault(name.lower().replace("_", "-"), []).append(version)
    return found


def _requirements():
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for group in [PROJECT["dependencies"], *extras] for text in group]


def test_the_lock_satisfies_every_requirement():
    locked = _locked()
    for requirement in _requirements():
        versions = locked.get(requirement.name.lower().replace("_", "-"), [])
        assert versions, f"{requirement.name} is not in requirements.lock: run `make lock`"
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement} but locked {version}"


def test_the_lock_holds_hashes_and_no_addresses():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock and "file:" not in lock
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 100
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_small_tensorflow_is_for_linux_on_x86_only():
    markers = {r.name: str(r.marker) for r in _requirements() if r.name.startswith("tensorflow")}
    linux = {"sys_platform": "linux", "platform_machine": "x86_64"}
    mac = {"sys_platform": "darwin", "platform_machine": "arm64"}
    from packaging.markers import Marker

    for env, expected in ((linux, "tensorflow-cpu"), (mac, "tensorflow")):
        chosen = [name for name, marker in markers.items() if Marker(marker).evaluate(env)]
        assert chosen == [expected]


def test_tensorflow_2_18_to_2_21():
    for requirement in _requirements():
        if requirement.name.startswith("tensorflow"):
            accepted = [v for v in range(15, 25) if requirement.specifier.contains(f"2.{v}.0")]
            assert accepted == [18, 19, 20, 21]


def test_the_conda_environment_rests_on_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    specs = [MatchSpec(d) for d in environment["dependencies"] if isinstance(d, str)]
    assert [s.name.normalized for s in specs] == ["python", "pip"]
    wanted = SpecifierSet(PROJECT["requires-python"])
    for minor in range(9, 16):
        version = f"3.{minor}.4"
        assert VersionSpec(specs[0].version).matches(Version(version)) == wanted.contains(
            version
        ), version
    (pip,) = [d["pip"] for d in environment["dependencies"] if isinstance(d, dict)]
    assert len(pip) == 1
    extras = re.fullmatch(r"-e \.\[([a-z,]+)\]", pip[0])[1].split(",")
    assert set(extras) <= set(PROJECT["optional-dependencies"]) and "lab" in extras


def test_binder_rests_on_the_lock():
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r ../requirements.lock"]
    runtime = (ROOT / "binder" / "runtime.txt").read_text().strip()
    version = re.fullmatch(r"python-(3\.\d+)", runtime)[1]
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{version}.0")
    assert "-e ." in (ROOT / "binder" / "postBuild").read_text()


def test_repo2docker_accepts_the_repository():
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in said
    assert "RUN ./binder/postBuild" in said


def test_make_lab_prints_an_address_that_leads_to_the_map():
    # the dry run of a machine that has everything installed
    done = subprocess.run(
        ["make", "--dry-run", "--old-file=.venv/.installed", "lab"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (path,) = re.findall(r"--LabApp.default_url=/lab/tree/(\S+)", done.stdout)
    assert (ROOT / path).is_file()


def test_importing_course_utils_is_light():
    code = "import sys, course_utils; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_wheel_carries_the_data_and_no_cache(tmp_path):
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    names = zipfile.ZipFile(built).namelist()
    assert "course_utils/lessons.json" in names
    data = [n for n in TRACKED if n.startswith("data/") and not n.endswith(".py")]
    assert {n.replace("data/", "course_utils/_data/", 1) for n in data} <= set(names)
    assert not [n for n in names if ".cache" in n or "mnist" in n or n.startswith("solutions")]


@pytest.mark.parametrize("name", [n for n in TRACKED if n.endswith((".md", ".ipynb"))])
def test_links_to_files_of_the_repository_lead_somewhere(name):
    path = ROOT / name
    texts = [path.read_text(encoding="utf-8")]
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    for target in re.findall(r"\]\(([^)#\s]+)\)", "\n".join(texts)):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{name} links to {target}"


def test_the_address_of_the_repository_stands_in_one_place():
    address = PROJECT["urls"]["Repository"]
    owner = address.split("/")[-2]
    holders = [
        n
        for n in TRACKED
        if not n.startswith("notebooks/") and n != "README.md" and (ROOT / n).is_file()
        and owner in (ROOT / n).read_text(encoding="utf-8", errors="ignore")
    ]  # fmt: skip
    assert holders == ["pyproject.toml"]
    # the README cannot compute its badges: they must agree
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"github/([^/]+)/", readme)) <= {owner}
