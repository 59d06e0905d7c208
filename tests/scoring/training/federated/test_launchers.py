"""Flower starts its own helpers by name; they must start after a checkout was moved."""

import subprocess
from pathlib import Path

from scoring.training.federated.processes import write_launchers


def test_a_helper_starts_though_the_python_that_installed_it_is_gone(tmp_path: Path) -> None:
    site = tmp_path / "site of Flower"
    (site / "bin").mkdir(parents=True)
    helper = site / "bin" / "flower-superexec"
    helper.write_text("#!/moved/away/python\nimport sys\nprint(sys.argv[1:])\n")
    helper.chmod(0o755)
    (site / "bin" / "uvicorn").touch()
    write_launchers(site, tmp_path / "bin")
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["flower-superexec"]
    said = subprocess.check_output([tmp_path / "bin" / "flower-superexec", "--a", "b c"], text=True)
    assert said == "['--a', 'b c']\n"
