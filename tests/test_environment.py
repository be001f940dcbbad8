"""Versions are written once; everything else that installs the course rests on that."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec, Version, VersionSpec

from course_utils.authoring.sources import find_sources
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
        ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/.installed", "lab"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (path,) = re.findall(r"--LabApp.default_url=/lab/tree/(\S+)", done.stdout)
    assert (ROOT / path).is_file()


def _lab_arguments() -> list[str]:
    """What `make lab` gives to `jupyter lab` on a machine that has everything installed."""
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/.installed", "lab"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    command = done.stdout[done.stdout.index("jupyter lab") :]
    return shlex.split(command.replace("\\\n", " "))[2:]


# what a user's ~/.jupyter may hold
JUPYTER_SETTINGS = {
    "jupyter_server_config.py": (
        'c.ServerApp.root_dir = "/some/other/folder"',
        'c.ServerApp.root_dir = "{other}"\nc.FileContentsManager.preferred_dir = "{other}"',
        'c.FileContentsManager.root_dir = "{other}"',
    ),
    "jupyter_notebook_config.py": ('c.NotebookApp.notebook_dir = "{other}"',),
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in JUPYTER_SETTINGS.items() for text in texts]
)
def test_make_lab_opens_the_course_whatever_the_user_set(name, text, tmp_path):
    (tmp_path / name).write_text(text.replace("{other}", str(tmp_path)))
    code = """if True:
        import sys
        from jupyterlab.labapp import LabApp
        app = LabApp.initialize_server(argv=sys.argv[1:])
        manager = app.contents_manager
        print("found", app.root_dir, manager.root_dir, manager.preferred_dir or ".")"""
    done = subprocess.run(
        [sys.executable, "-c", code, *_lab_arguments(), "--port=0"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path)},
    )  # fmt: skip
    assert f"found {ROOT} {ROOT} .\n" in done.stdout, done.stdout + done.stderr


def _python(code: str, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | env,
    )  # fmt: skip


def test_importing_course_utils_is_light():
    code = "import sys, course_utils; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    assert _python(code).stdout.strip() == "[]"


def test_the_cheap_commands_do_not_import_keras():
    code = """if True:
        import sys
        from course_utils import cli, data, report
        cli.main(["progress"])
        print(sorted({"tensorflow", "keras"} & set(sys.modules)))"""
    assert _python(code).stdout.strip().splitlines()[-1] == "[]"


# ---- a session is the same whatever the user's settings are ----

SETTLED = """if True:
    from course_utils.progress import passed  # a lesson's first cell
    import keras
    from course_utils.training import fit
    layer = keras.Sequential([keras.Input((28, 20, 1)), keras.layers.Conv2D(2, 3)])
    print(keras.backend.backend(), keras.config.floatx(), layer.dtype_policy.name,
          keras.config.epsilon(), layer.output_shape)"""
AS_IT_SHOULD_BE = "tensorflow float32 float32 1e-07 (None, 26, 18, 2)"


@pytest.mark.parametrize(
    ("stored", "env", "words"),
    [
        (
            {
                "image_data_format": "channels_first",
                "floatx": "float16",
                "backend": "torch",
                "epsilon": 1e-3,
            },
            {},
            "backend torch, floatx float16, image_data_format channels_first, epsilon 0.001",
        ),
        ({}, {"KERAS_BACKEND": "torch"}, "backend torch"),
        ({}, {}, None),
    ],
)
def test_the_users_keras_settings_do_not_count_and_this_is_said(stored, env, words, tmp_path):
    usual = {
        "floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow",
        "image_data_format": "channels_last",
    }  # fmt: skip
    (tmp_path / "keras.json").write_text(json.dumps(usual | stored))
    done = _python(SETTLED, **{"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": ""} | env)
    *said, last = done.stdout.splitlines()
    assert last == AS_IT_SHOULD_BE and done.stderr == "", done.stdout + done.stderr
    if words is None:
        assert said == []
    else:
        assert len(said) == 1 and f"({words})" in said[0]
    assert json.loads((tmp_path / "keras.json").read_text()) == usual | stored


def test_a_damaged_keras_json_is_no_obstacle(tmp_path):
    (tmp_path / "keras.json").write_text("[1, 2")
    done = _python(SETTLED, KERAS_HOME=str(tmp_path), KERAS_BACKEND="")
    assert done.stdout.splitlines()[-1] == AS_IT_SHOULD_BE


def test_numpy_and_scipy_multiply_on_one_thread():
    code = """if True:
        import numpy
        import course_utils.training
        import scipy.linalg
        import sklearn.linear_model
        import threadpoolctl
        pools = threadpoolctl.threadpool_info()
        print([pool["num_threads"] for pool in pools if pool["user_api"] == "blas"])"""
    usual = {"OPENBLAS_NUM_THREADS": "", "OMP_NUM_THREADS": ""}
    found = ast.literal_eval(_python(code, **usual).stdout.splitlines()[-1])
    assert len(found) >= 2 and set(found) == {1}


def test_keras_with_another_backend_is_refused_in_words():
    code = """if True:
        import sys, types
        sys.modules["keras"] = keras = types.ModuleType("keras")
        keras.backend = types.SimpleNamespace(backend=lambda: "jax")
        import course_utils"""
    done = _python(code)
    assert "already imported, with the backend jax" in done.stderr.splitlines()[-1]


def test_every_module_of_the_course_takes_keras_from_one_place():
    for path in (ROOT / "course_utils").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "session.py":
            assert not re.search(r"^\s*(import keras|from keras(?!\.src))", text, re.MULTILINE), (
                path.name
            )


@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_tensorflow_is_imported_without_a_greeting_and_nothing_else_is_lost(package):
    code = f"""if True:
        import course_utils, os, sys
        from course_utils import quiet
        import {package}
        import tensorflow as tf
        print(tf.matmul(tf.ones((2, 2)), tf.ones((2, 2))).shape, tf.__spec__.loader is not None)
        with quiet.without_greeting():
            os.write(2, b"oneDNN custom operations are on\\na warning of another kind\\n")
        print("and more", file=sys.stderr)"""
    done = _python(code, TF_ENABLE_ONEDNN_OPTS="1")
    assert done.stdout == "(2, 2) True\n", done.stderr
    assert done.stderr == "a warning of another kind\nand more\n"


def test_an_import_of_tensorflow_that_fails_says_why(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('a library is missing')")
    code = """if True:
        import course_utils
        import tensorflow"""
    done = _python(code, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.stderr.splitlines()[-1] == "ImportError: a library is missing"


def test_several_trainings_leave_standard_error_empty():
    # nbgrader validate takes any line there for a failure; TensorFlow warns at the sixth
    code = """if True:
        import numpy as np
        from course_utils.session import keras
        from course_utils.training import fit
        x = np.ones((21, 2), "float32")
        for _ in range(7):
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
            fit(model, x, x, epochs=2, batch_size=1, loss="mse")"""
    done = _python(code)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_commands_print_what_they_can_where_the_output_is_not_utf_8(encoding):
    code = """if True:
        from course_utils import cli, progress
        progress.course_map = lambda: "\\u2713 a \\u2717 b \\u2013 c \\u00bd d \\u4f60"
        print(cli.main(["progress"]))"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    shown = done.stdout.decode(encoding).splitlines()
    dash, half = {"ascii": "-?", "latin-1": "-½", "cp1252": "–½"}[encoding]
    assert shown == [f"+ a x b {dash} c {half} d ?", "0"], done


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
        if "://" not in target and not target.startswith("data:"):
            assert (path.parent / target).exists(), f"{name} links to {target}"


def test_the_address_of_the_repository_stands_in_one_place():
    address = PROJECT["urls"]["Repository"]
    owner, name = address.split("/")[-2:]
    holders = [
        n
        for n in TRACKED
        if not n.startswith("notebooks/") and n != "README.md" and (ROOT / n).is_file()
        and f"{owner}/{name}" in (ROOT / n).read_text(encoding="utf-8", errors="ignore")
    ]  # fmt: skip
    assert holders == ["pyproject.toml"]
    # the README cannot compute its badges: they must agree
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"github/([^/]+)/", readme)) <= {owner}


def test_every_lesson_stands_in_the_readme_and_on_the_teachers_page():
    readme, teaching = (ROOT / "README.md").read_text(), (ROOT / "docs/teaching.md").read_text()
    for path in find_sources(ROOT / "solutions"):
        slug = path.parent.name
        assert f"notebooks/{slug}/{slug}.ipynb" in readme, slug
        assert re.search(rf"^## {slug[:2]} · ", teaching, re.M), slug


# ---- the house -------------------------------------------------------------------------------

PACKAGE = ROOT / "course_utils"
MODULES = sorted(PACKAGE.rglob("*.py"))


def _lines_of_code(node: ast.FunctionDef) -> int:
    """A function's lines without its docstring."""
    start = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.body[0].lineno - node.lineno) + node.end_lineno - start.lineno + 1


def test_modules_are_read_in_one_sitting():
    """At most 400 lines a file, and 60 a function; a check's table of mistakes may be longer.

    What lessons and authors call has docstrings that explain every argument: they are not counted.
    """
    large, long = {}, {}
    for path in MODULES:
        text, name = path.read_text(), str(path.relative_to(PACKAGE))
        if len(text.splitlines()) > 400:
            large[name] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = node.end_lineno - node.lineno + 1
                if path.relative_to(PACKAGE).parts[0] not in (
                    "check",
                    "checks",
                    "grading",
                    "probes",
                ):
                    size = _lines_of_code(node)
                if size > (75 if name.startswith("checks/") else 60):
                    long[f"{name}: {node.name}"] = size
    assert (large, long) == ({}, {})


def test_no_module_imports_itself_by_way_of_others():
    """At the top of modules; what is imported in a function, is imported when it is needed."""
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    imports = {}
    for name, path in names.items():
        found = set()
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
        inner = {other for other in found & names.keys() if other != name}
        # a package's __init__ gathers its modules, which may import one another
        imports[name] = {other for other in inner if not name.startswith(f"{other}.")}
    done = set()

    def visit(name, way):
        assert name not in way, " -> ".join([*way, name])
        if name not in done:
            for other in sorted(imports[name]):
                visit(other, [*way, name])
            done.add(name)

    for name in sorted(imports):
        visit(name, [])


def test_folders_of_grading_use_only_those_below_them():
    """Desk above host above intake; the sandboxed side stands alone: little is loaded in it."""
    below = {"box": [], "intake": [], "host": ["box", "intake"], "desk": ["host", "intake"]}
    grading = PACKAGE / "grading"
    assert set(below) == {p.parent.name for p in grading.glob("*/__init__.py")}
    for folder, others in below.items():
        for path in (grading / folder).glob("*.py"):
            used = set(re.findall(r"course_utils\.grading\.(\w+)", path.read_text()))
            assert used <= {folder, "shared", *others}, path
