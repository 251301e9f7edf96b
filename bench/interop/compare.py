"""Loads folders that Heddle saved with Transformers, and compares outputs, loss and gradients. Exit status 1 when something differs.

    python compare.py FOLDER…                 random inputs; `heddle forward` runs for each
    python compare.py FOLDER --inputs in.safetensors --outputs out.safetensors

A folder may hold model folders instead of a model. The class is the one that `architectures` names. No name may be missing or left
over, and Transformers may warn of nothing.
"""

import argparse
import pathlib
import shlex
import subprocess
import sys
import tempfile

import transformers
from safetensors.torch import load_file, save_file

from inputs import make_inputs
from loading import load
from outputs import compare, defined, run

HEDDLE = f"node {pathlib.Path(__file__).parents[2] / 'dist/cli/main.js'}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--inputs", help="safetensors that `heddle forward` read, instead of random inputs")
    parser.add_argument("--outputs", help="safetensors that `heddle forward --gradients` wrote")
    parser.add_argument("--heddle", default=HEDDLE, help="the command to run, by default the clone's own build")
    parser.add_argument("--seed", type=int, default=0, help="of the random inputs")
    options = parser.parse_args()
    if bool(options.inputs) != bool(options.outputs):
        parser.error("--inputs and --outputs go together")
    options.folders = [model for folder in options.folders for model in model_folders(folder)]
    if options.inputs and len(options.folders) != 1:
        parser.error(f"--inputs and --outputs are of one model, got {len(options.folders)} folders")
    return options


def model_folders(folder):
    if (folder / "config.json").exists():
        return [folder]
    found = sorted(path.parent for path in folder.glob("*/config.json"))
    if not found:
        raise ValueError(f"{folder}: neither a model folder nor a folder of some")
    return found


def given(options):
    """Inputs and Heddle's outputs of the call's own files."""
    inputs = {name: t if t.is_floating_point() else t.long() for name, t in load_file(options.inputs).items()}
    return inputs, load_file(options.outputs)


def forward(heddle, folder, inputs):
    """The inputs and what Heddle makes of them. Raises ValueError with its own message when it fails."""
    with tempfile.TemporaryDirectory() as place:
        read, written = f"{place}/in.safetensors", f"{place}/out.safetensors"
        save_file(inputs, read)
        gradients = ["--gradients"] if any("label" in name or "positions" in name for name in inputs) else []
        command = [*shlex.split(heddle), "forward", str(folder), "--inputs", read, "--outputs", written, *gradients]
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            raise ValueError(f"heddle forward ended with {ended.returncode}: {ended.stderr.strip()}")
        return inputs, load_file(written)


def check_tokenizer(folder, model):
    """What is wrong with the tokenizer, if the folder has one."""
    if not (folder / "tokenizer_config.json").exists():
        return []
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = model.get_input_embeddings().num_embeddings
    return [f"tokenizer: {len(tokenizer)} tokens, the table has {rows} rows"] if len(tokenizer) > rows else []


def check(folder, options):
    """The problems of one folder, and a line that says how close the two are."""
    model, problems = load(folder)
    problems += check_tokenizer(folder, model)
    name = type(model).__name__
    try:
        inputs, ours = given(options) if options.inputs else forward(options.heddle, folder, make_inputs(model, seed=options.seed))
    except ValueError as error:
        return [*problems, str(error)], name
    differences, largest = compare(*[defined(model, inputs, named) for named in (run(model, inputs), ours)])
    return problems + differences, f"{name}: " + ", ".join(f"{kind} {value:.1e}" for kind, value in largest.items())


def main():
    options = arguments()
    bad = 0
    for folder in options.folders:
        try:
            problems, summary = check(folder, options)
        except (ValueError, OSError, KeyError) as error:
            problems, summary = [str(error)], ""
        bad += bool(problems)
        print(f"{folder.name}: {'OUT OF BOUNDS' if problems else 'ok'}. {summary}", *problems, sep="\n  ")
    print(f"{len(options.folders) - bad} of {len(options.folders)} load in Transformers {transformers.__version__} and give the same")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as error:
        sys.exit(f"compare.py: {error}")
