"""What the benchmark scripts share: a venv for the peers, alternating runs, machine facts, tables and result files. No third-party imports.

    python = peers()
    rows = alternate({"assay": run_assay, "peer": run_peer}, repeats=3)
    save("discovery", command, rows, versions)
"""
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent


#: of build/peers; auto-circuit runs on transformer-lens, which newer transformers and datasets break, and forgets to ask for attrs
PEERS = {"torch": "2.13.0", "numpy": "2.4.6", "auto-circuit": "1.0.1", "transformer-lens": "2.15.4", "transformers": "4.57.1", "datasets": "3.6.0",
         "attrs": "26.1.0"}


def peers():
    """Interpreter of build/peers, made with exactly PEERS where it does not have them yet."""
    folder = ROOT / "build" / "peers"
    python, mark = folder / "bin" / "python", folder / "packages.json"
    if not mark.exists() or json.loads(mark.read_text()) != PEERS:
        print(f"installing {', '.join(PEERS)} into {folder.relative_to(ROOT)}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *(f"{k}=={v}" for k, v in PEERS.items())], check=True)
        mark.write_text(json.dumps(PEERS))
    return str(python)


def binary(name):
    path = ROOT / "build" / "release" / "bin" / name
    if not path.exists():
        sys.exit(f"{path.relative_to(ROOT)} is missing; run: ninja -C build/release {name}")
    return str(path)


def json_line(command, timeout=3600):
    """The last line of a command's output, as JSON."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def alternate(runs, repeats):
    """Each of `runs` (name -> callable) in turn, `repeats` times over, so that load from elsewhere meets all of them: name -> results."""
    found = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            found[name].append(run())
    return found


def median(results, key):
    return statistics.median(result[key] for result in results)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = next(int(line.split()[1]) // 1024 for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {"processor": model, "cores": os.cpu_count(), "memory_mb": memory, "system": platform.platform(), "load_average": os.getloadavg()[0]}


def save(name, rows, versions):
    """benchmarks/results/NAME.json, with machine, date, versions and the command of this process."""
    path = ROOT / "benchmarks" / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    command = " ".join(["python3", str(pathlib.Path(sys.argv[0]).resolve().relative_to(ROOT)), *sys.argv[1:]])
    record = {"command": command, "date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions, "rows": rows}
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written: {path.relative_to(ROOT)}", file=sys.stderr)


def commit():
    return subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
