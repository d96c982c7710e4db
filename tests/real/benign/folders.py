"""Folders and archives of larger tools: diffusers, mlflow, Lightning, NeMo-like and torchserve-like archives, R."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import diffusers
import lightning
import mlflow.models
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy
import omegaconf
import peft
import torch
import transformers
import xgboost
from sklearn import linear_model
from torch import nn

from .shelf import Shelf


def diffusion(shelf: Shelf) -> None:
    """Tiny pipelines, their parts, their schedulers."""
    torch.manual_seed(8)
    unet = diffusers.UNet2DModel(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 8), norm_num_groups=4,
                                 down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
    diffusers.DDPMPipeline(unet, diffusers.DDPMScheduler(10)).save_pretrained(shelf.folder("diffusers", "ddpm"))
    text = transformers.CLIPTextModel(transformers.CLIPTextConfig(vocab_size=99, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, projection_dim=8))
    conditioned = diffusers.UNet2DConditionModel(sample_size=8, layers_per_block=1, block_out_channels=(8, 8), norm_num_groups=4, cross_attention_dim=8, attention_head_dim=2,
                                                 down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
    vae = diffusers.AutoencoderKL(block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
    stable = diffusers.StableDiffusionPipeline(vae, text, None, conditioned, diffusers.PNDMScheduler(10), None, None, requires_safety_checker=False)
    stable.save_pretrained(shelf.folder("diffusers", "stable"))
    stable.save_pretrained(shelf.folder("diffusers", "stable-bin"), safe_serialization=False, variant="fp16")
    conditioned.add_adapter(peft.LoraConfig(r=2, target_modules=["to_q", "to_k"]))
    conditioned.save_lora_adapter(shelf.folder("diffusers", "lora"))
    for name in ("DDIM", "EulerDiscrete", "EulerAncestralDiscrete", "LMSDiscrete", "UniPCMultistep", "DPMSolverMultistep", "HeunDiscrete", "FlowMatchEulerDiscrete", "LCM"):
        getattr(diffusers, f"{name}Scheduler")().save_pretrained(shelf.folder("diffusers", f"scheduler-{name.lower()}"))
    for name in sorted(path.name for path in (shelf.root / "diffusers").iterdir()):
        shelf.list_all("diffusers", name)


def registry(shelf: Shelf) -> None:
    """Model folders of mlflow."""
    features = numpy.random.default_rng(9).normal(size=(40, 3))
    classes = (features[:, 0] > 0).astype(int)
    model = linear_model.LogisticRegression().fit(features, classes)
    trees = xgboost.XGBClassifier(n_estimators=2, max_depth=2, n_jobs=1).fit(features, classes)
    requirements = {"pip_requirements": ["scikit-learn==1.9.1", "numpy>=2"]}
    signature = mlflow.models.infer_signature(features, classes)
    writers = {"sklearn-cloudpickle": lambda path: mlflow.sklearn.save_model(model, path, signature=signature, **requirements),
               "sklearn-pickle": lambda path: mlflow.sklearn.save_model(model, path, serialization_format="pickle", **requirements),
               "sklearn-skops": lambda path: mlflow.sklearn.save_model(model, path, serialization_format="skops", **requirements),
               "xgboost": lambda path: mlflow.xgboost.save_model(trees, path, input_example=features[:2], signature=signature, **requirements)}
    for name, write in writers.items():
        folder = shelf.folder("mlflow", name)
        folder.rmdir()
        write(str(folder))
        shelf.list_all("mlflow", name)


class Classifier(lightning.LightningModule):
    """A module as tutorials have it."""

    def __init__(self, width: int = 4, rate: float = 1e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layers = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 2))

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
        """The loss of one batch."""
        return nn.functional.cross_entropy(self.layers(batch[0]), batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """With a schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), self.hparams.rate)
        return {"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 1)}


def trainer(shelf: Shelf) -> None:
    """Checkpoints of Lightning's own trainer, with callbacks."""
    for name, callbacks in {"plain": [], "callbacks": [lightning.pytorch.callbacks.EarlyStopping("loss", strict=False), lightning.pytorch.callbacks.StochasticWeightAveraging(1e-2)]}.items():
        lightning.seed_everything(1, verbose=False)
        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(16, 4), torch.randint(0, 2, (16,))), 8)
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
        fit = lightning.Trainer(max_epochs=2, accelerator="cpu", callbacks=callbacks, **quiet)
        fit.fit(Classifier(), data)
        fit.save_checkpoint(shelf.file("torch-lightning", name, "last.ckpt"))
        fit.save_checkpoint(shelf.file("torch-lightning", f"{name}-weights", "weights.ckpt"), weights_only=True)


def pack(path: Path, members: dict[str, bytes]) -> None:
    """A tar with fixed times."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def archives(shelf: Shelf) -> None:
    """Archives as speech and serving tools put them together."""
    torch.manual_seed(2)
    written = io.BytesIO()
    torch.save(nn.Sequential(nn.Linear(4, 4)).state_dict(), written)
    weights = written.getvalue()
    configuration = {"target": "nemo.collections.asr.models.EncDecCTCModelBPE", "sample_rate": 16000, "nemo_version": "2.2.0", "tokenizer": {"dir": "nemo:tokenizer", "type": "bpe"},
                     "preprocessor": {"_target_": "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor", "features": 80, "window": "hann"},
                     "encoder": {"_target_": "nemo.collections.asr.modules.ConformerEncoder", "feat_in": 80, "n_layers": 1, "d_model": 8},
                     "optim": {"name": "adamw", "lr": 0.001, "sched": {"name": "CosineAnnealing", "warmup_steps": 100}}, "train_ds": {"manifest_filepath": None, "batch_size": 4}}
    text = omegaconf.OmegaConf.to_yaml(omegaconf.OmegaConf.create(configuration)).encode()
    pack(shelf.file("nemo", "speech", "model.nemo"), {"./model_config.yaml": text, "./model_weights.ckpt": weights, "./3f2a_vocab.txt": b"a\nb\nc\n"})
    pack(shelf.file("nemo", "no-dots", "model.nemo"), {"model_config.yaml": text, "model_weights.ckpt": weights})
    pack(shelf.file("model-archive", "sagemaker", "model.tar.gz"), {"model.pth": weights, "code/inference.py": HANDLER.encode(), "code/requirements.txt": b"torch\n"})
    manifest = {"createdOn": "01/01/2024", "runtime": "python", "model": {"modelName": "tiny", "serializedFile": "model.pt", "handler": "image_classifier", "modelVersion": "1.0"}, "archiverVersion": "0.12.0"}
    with zipfile.ZipFile(shelf.file("model-archive", "torchserve", "tiny.mar"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"model.pt": weights, "index_to_name.json": b'{"0": "cat"}', "MAR-INF/MANIFEST.json": json.dumps(manifest).encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


HANDLER = '''import json

import torch


def model_fn(model_dir):
    model = torch.nn.Linear(4, 4)
    model.load_state_dict(torch.load(f"{model_dir}/model.pth", weights_only=True))
    return model.eval()


def input_fn(body, content_type):
    return torch.tensor(json.loads(body))
'''
R = """
folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(1)
values <- list(lm = lm(mpg ~ wt + hp, mtcars), glm = glm(am ~ wt, binomial, mtcars), frame = iris, matrix = matrix(rnorm(6), 2), list = list(a = 1L, b = "x", c = NULL, d = TRUE),
  factor = factor(c("a", "b")), date = as.Date("2024-01-01"), loess = loess(dist ~ speed, cars), kmeans = kmeans(iris[, 1:4], 2), pca = prcomp(iris[, 1:4]),
  formula = y ~ x, complex = 1+2i, raw = as.raw(1:4), long = 1:1000, nls = nls(dist ~ a * speed, cars, list(a = 1)))
for (name in names(values)) for (kind in c("gzip", "xz", "bzip2", "none", "ascii"))
  if (kind %in% c("gzip", c("xz", "bzip2", "none", "ascii")[match(name, names(values)) %% 4 + 1])) {
    path <- file.path(folder, paste0(name, "-", kind, ".rds"))
    if (kind == "none") saveRDS(values[[name]], path, compress = FALSE)
    else if (kind == "ascii") saveRDS(values[[name]], path, ascii = TRUE, compress = FALSE)
    else saveRDS(values[[name]], path, compress = kind)
  }
iris2 <- iris; cars2 <- cars
save(iris2, cars2, file = file.path(folder, "two.RData"))
save(iris2, file = file.path(folder, "version2.rda"), version = 2)
"""


def statistics(shelf: Shelf) -> None:
    """R's own files, where R is."""
    if program := shutil.which("Rscript"):
        folder = shelf.folder("r", "values")
        done = subprocess.run([program, "--vanilla", "-", str(folder)], input=R, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        shelf.list_all("r", "values")


def make(shelf: Shelf) -> None:
    """Writes all of it."""
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        diffusion(shelf)
        registry(shelf)
        trainer(shelf)
    archives(shelf)
    statistics(shelf)
