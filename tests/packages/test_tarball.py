"""The npm tarball works in an empty project, in Node and through a bundler's eyes."""

import json
import tarfile
from pathlib import Path

from outside import ROOT, run


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


def test_a_strict_reader_finds_nothing_to_complain_about(tarball: Path, tmp_path: Path) -> None:
    script = (
        "import { publint } from 'publint'; import { readFile } from 'node:fs/promises';"
        f"const tarball = (await readFile({str(tarball)!r})).buffer;"
        "const { messages } = await publint({ pack: { tarball }, strict: true });"
        "console.log(JSON.stringify(messages)); process.exit(messages.length && 1);"
    )
    (tmp_path / "lint.mjs").write_text(script)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    run("node", "lint.mjs", cwd=tmp_path)
