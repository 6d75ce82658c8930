"""The npm tarball works in an empty project, in Node and through a bundler's eyes."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from outside import ROOT, run

PROGRAMS = Path(__file__).parent / "programs"


def test_every_entry_imports_without_a_page(node_project: Path) -> None:
    package = json.loads((node_project / "node_modules/offhook/package.json").read_text())
    # A pattern names files, such as a worklet, that are no modules.
    exports = package["exports"]
    entries = [entry for entry in exports if not entry.endswith((".json", "*"))]
    assert entries
    for entry in entries:
        name = "offhook" + entry.removeprefix(".")
        names = run(
            "node",
            "-e",
            f"import({name!r}).then(m => console.log(Object.keys(m).length))",
            cwd=node_project,
        )
        assert int(names) > 0, name


def test_it_carries_scripts_and_types_and_no_sources_of_tests(tarball: Path) -> None:
    with tarfile.open(tarball) as packed:
        names = packed.getnames()
    assert any(name.endswith(".d.ts") for name in names)
    assert any(name.endswith(".js") for name in names)
    assert not [name for name in names if "test" in name or "node_modules" in name]


def test_strict_package_checks_pass(tarball: Path, tmp_path: Path) -> None:
    script = (
        "import { publint } from 'publint'; import { readFile } from 'node:fs/promises';"
        f"const tarball = (await readFile({str(tarball)!r})).buffer;"
        "const { messages } = await publint({ pack: { tarball }, strict: true });"
        "console.log(JSON.stringify(messages)); process.exit(messages.length && 1);"
    )
    (tmp_path / "lint.mjs").write_text(script)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    run("node", "lint.mjs", cwd=tmp_path)


@pytest.fixture(scope="module")
def programs(node_project: Path) -> Path:
    """The applications of `programs/`, beside the installed tarball."""
    folder = node_project / "programs"
    shutil.copytree(PROGRAMS, folder)
    return folder


@pytest.mark.parametrize("skip", [True, False], ids=["libraries-unread", "libraries-read"])
@pytest.mark.parametrize(("module", "resolution"), [("node16", "node16"), ("esnext", "bundler")])
def test_applications_compile_against_its_typings(
    programs: Path, module: str, resolution: str, skip: bool
) -> None:
    entries = json.loads((programs / "../node_modules/offhook/package.json").read_text())["exports"]
    sources = sorted(path.name for path in PROGRAMS.iterdir())
    # Each entry with typings has an application of its own, beside the one in plain JavaScript.
    typed = [entry for entry, found in entries.items() if "types" in found]
    assert len(sources) == len(typed) + 1
    options = {
        "module": module,
        "moduleResolution": resolution,
        "skipLibCheck": skip,
        "target": "es2022",
        "lib": ["es2022", "dom", "dom.iterable"],
        "types": [],
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noUncheckedIndexedAccess": True,
        "noImplicitOverride": True,
        "verbatimModuleSyntax": True,
        "allowJs": True,
        "checkJs": True,
        "noEmit": True,
    }
    config = programs / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": options, "files": sources}))
    read = run(ROOT / "node_modules/.bin/tsc", "-p", config, "--listFiles", cwd=programs)
    # It is the tarball's typings that were read, those of every entry.
    for entry in typed:
        path = (programs / "../node_modules/offhook" / entries[entry]["types"]).resolve()
        assert str(path) in read.splitlines()
