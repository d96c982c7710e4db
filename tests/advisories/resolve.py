"""Resolves stacks of LLM projects into lock files as they would have been on a day, for compare.py.

Usage: resolve.py FOLDER

Needs a network and uv. One file for each stack and day lands in FOLDER; a stack that cannot be resolved for a day is
said on standard error and left out. Files that are there already stay, so that an interrupted run can go on.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# What people put side by side, by the purpose of the project.
STACKS = {
    "agents": ["crewai", "langgraph"],
    "aim": ["aim"],
    "airflow": ["apache-airflow"],
    "bentoml": ["bentoml"],
    "chat-ui": ["chainlit", "openai"],
    "diffusers": ["diffusers", "torch", "accelerate", "safetensors"],
    "evaluation": ["evaluate", "datasets", "scikit-learn", "nltk"],
    "gradio": ["gradio"],
    "haystack": ["farm-haystack"],
    "jupyter": ["jupyterlab", "notebook", "pandas", "matplotlib"],
    "keras": ["tensorflow", "keras"],
    "langchain": ["langchain", "openai", "chromadb"],
    "litellm": ["litellm[proxy]"],
    "llama-index": ["llama-index"],
    "mlflow": ["mlflow", "scikit-learn"],
    "onnx": ["onnx", "onnxruntime", "skl2onnx"],
    "peft": ["transformers", "peft", "trl", "torch"],
    "ray": ["ray[default,serve]"],
    "speech": ["openai-whisper", "librosa", "pytorch-lightning"],
    "streamlit": ["streamlit", "pillow", "requests"],
    "transformers": ["transformers[torch,sentencepiece]", "datasets"],
    "vector": ["sentence-transformers", "qdrant-client", "pymilvus"],
    "vision": ["ultralytics", "timm", "opencv-python"],
    "vllm": ["vllm"],
    "web": ["fastapi", "uvicorn[standard]", "aiohttp", "jinja2", "python-multipart"],
}

# The day, and the Python of that time.
DAYS = {"2023-09-15": "3.10", "2024-08-01": "3.11", "2026-11-01": "3.12"}


def resolve(folder: Path, stack: str, day: str) -> bool:
    target = folder / f"{stack}-{day}" / "requirements.txt"
    if target.exists():
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".in")
    source.write_text("".join(f"{name}\n" for name in STACKS[stack]))
    options = ["--exclude-newer", day, "--python-version", DAYS[day], "--python-platform", "linux"]
    command = ["uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-strip-extras"]
    command += [*options, str(source), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    source.unlink()
    if done.returncode != 0:
        target.unlink(missing_ok=True)
        target.parent.rmdir()
        reason = " ".join(done.stderr.split())[-200:]
        print(f"{stack} {day}: {reason}", file=sys.stderr)
    return done.returncode == 0


def main() -> None:
    folder = Path(sys.argv[1])
    jobs = [(stack, day) for day in DAYS for stack in STACKS]
    with ThreadPoolExecutor(2) as pool:
        made = sum(pool.map(lambda job: resolve(folder, *job), jobs))
    print(f"{made} of {len(jobs)} lock files")


if __name__ == "__main__":
    main()
