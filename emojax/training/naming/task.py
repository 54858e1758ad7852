"""The task of the net that says which emoji a description names: all pure functions."""

import dataclasses
import functools
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax

from emojax.core import rng
from emojax.models.text.namer import FORMAT, EmojiNamer, make_namer
from emojax.models.text.tokens import BAG
from emojax.training.engine import run_files
from emojax.training.engine.accumulation import accumulate, micro_batches
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]

NAMES: Final = "names.json"
"""A file of the work directory."""

_MAX_BYTES: Final = 2**22


@dataclasses.dataclass(frozen=True)
class NamingTask(Task):
    """Training of an `EmojiNamer`. `config` has the fields of ``configs/naming.py``."""

    name = "naming"
    product = "emoji namer"
    reads = ("openmoji_dir", "keywords_dir")
    score = "top10"

    def model(self) -> EmojiNamer:
        return make_namer(self.config.model)

    def check(self) -> None:
        """Nothing contradicts itself that the bounds of the fields allow."""

    def limits(self) -> dict[str, str]:
        return {"remat": "a sum of vectors has hardly any activations that could be computed again"}

    def load_data(self, folders: Folders) -> Dataset:
        """The arrays of `batches.arrays`, and how many answers there are: ``answers``."""
        # Imported here because using a checkpoint needs the task but no data.
        from emojax.training.naming import batches

        known = batches.collect(folders.get("openmoji_dir"), folders.get("keywords_dir"))
        found = batches.arrays(
            known,
            count=self.config.data.captions,
            validated=self.config.run.validate_count,
            seed=self.config.seed,
        )
        # The last one is that a face is described.
        return found | {"answers": np.asarray([len(known.named) + 1], np.int32)}

    def for_data(self, dataset: Dataset) -> "NamingTask":
        """This task with as many answers as there are."""
        config = ml_collections.ConfigDict(self.config)
        config.model.num_classes = int(dataset["answers"][0])
        return NamingTask(ml_collections.FrozenConfigDict(config))

    def run_files(self, folders: Folders) -> dict[str, str]:
        """What the answers are."""
        from emojax.training.naming import batches

        known = batches.collect(folders.get("openmoji_dir"), folders.get("keywords_dir"))
        return {NAMES: batches.table(known) + "\n"}

    def optimizer(self) -> optax.GradientTransformation:
        """Adam, at a rate that rises and then falls."""
        o = self.config.optimizer
        return optax.adam(warmup_cosine(o, self.config.steps), b1=o.b1, b2=o.b2)

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step."""
        ngrams = jnp.zeros((1, BAG), jnp.int32)
        params = self.model().init(rng.stream(key, "model"), ngrams, jnp.zeros((1, BAG)))["params"]
        # A copy: the state is donated, and one buffer cannot be donated twice.
        average = jax.tree.map(jnp.copy, params)
        return NetState(jnp.zeros((), jnp.int32), Network(params, {}, self.optimizer().init(params)), average)

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: ``ngrams``, their ``shares``, of which some are dropped, and what is
        ``meant``."""
        number = self.config.batch_size
        # Captions are random already, and a permutation of as many takes longer than a step on CPUs.
        chosen = jax.random.randint(rng.at(key, "captions", step), (number,), 0, len(dataset["meant"]))
        kept = jax.random.bernoulli(
            rng.at(key, "dropout", step), 1 - self.config.model.dropout, (number, BAG)
        )
        return {
            "ngrams": dataset["ngrams"][chosen].astype(jnp.int32),
            "shares": jnp.where(kept, dataset["shares"][chosen].astype(jnp.float32), 0.0),
            "meant": dataset["meant"][chosen],
        }

    def step(self, state: NetState, batch: Batch, axis_name: str | None = None) -> tuple[NetState, Metrics]:
        """One update.

        Args:
          state: the state before.
          batch: of `batch`; under a mapped axis the device's share.
          axis_name: mapped axis over which gradients and metrics are averaged.

        Returns:
          The state after, and scalar metrics.
        """
        model = self.model()

        def loss_fn(params: Params, part: Batch) -> jax.Array:
            logits: Any = model.apply({"params": params}, part["ngrams"], part["shares"])
            return naming_loss(logits, part["meant"])

        def gradient(part: Batch, _: Any) -> tuple[Any, None]:
            return jax.value_and_grad(loss_fn)(state.network.params, part), None

        (loss, grads), _ = accumulate(gradient, batch, micro_batches(self.config))
        metrics = {"loss": loss}
        return update_net(
            state,
            self.optimizer(),
            grads,
            metrics,
            average_decay=self.config.average_decay,
            axis_name=axis_name,
        )

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], None]:
        """``top10``, the share of held-out names and keywords whose emoji is among the ten nearest of the
        candidates, by the moving average."""
        from emojax.training.naming import batches

        ngrams, shares = (np.asarray(dataset[f"held_out_{name}"]) for name in ("ngrams", "shares"))
        logits = self._logits(state.average, ngrams.astype(np.int32), shares.astype(np.float32))
        near = batches.among_nearest(np.asarray(logits), np.asarray(dataset["candidates"]))
        return {"top10": float(near.mean())}, None

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving average, ``{"params": ...}``; format, configuration and names as JSON.

        Raises:
          UserError: the work directory lacks the file of names.
        """
        names = run_files.read_text(workdir / NAMES, most=_MAX_BYTES).strip()
        metadata = {"format": FORMAT, "config": self.config.to_json(), "names": names}
        return Export({"params": jax.tree.map(np.asarray, state.average)}, metadata)

    @functools.cached_property
    def _logits(self) -> Any:
        model = self.model()
        return jax.jit(lambda params, ngrams, shares: model.apply({"params": params}, ngrams, shares))


def naming_loss(logits: jax.Array, meant: jax.Array) -> jax.Array:
    """Mean cross-entropy with all that is meant, each as likely.

    Args:
      logits: ``float32[B, A]``.
      meant: ``int32[B, K]``, answers, padded with -1; at least one in each row.
    """
    there = meant >= 0
    logs = jnp.take_along_axis(jax.nn.log_softmax(logits), jnp.maximum(meant, 0), axis=1)
    return -jnp.mean((logs * there).sum(1) / there.sum(1))
