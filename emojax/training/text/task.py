"""The task of the net that reads descriptions: all pure functions."""

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
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.models.text.encoder import FORMAT, TextEncoder, make_text_encoder
from emojax.models.text.tokens import MAX_NGRAMS, MAX_WORDS
from emojax.training.engine import run_files
from emojax.training.engine.accumulation import accumulate, micro_batches, remat
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]

SLOTS: Final = "slots.json"
VOCABULARY: Final = "vocabulary.json"
"""Files of the work directory."""

_MAX_BYTES: Final = 2**22
_AT_ONCE: Final = 128


@dataclasses.dataclass(frozen=True)
class TextTask(Task):
    """Training of a `TextEncoder`. `config` has the fields of ``configs/text.py``."""

    name = "text"
    product = "text encoder"
    reads = ("openmoji_dir", "keywords_dir")
    score = "both"

    def model(self) -> TextEncoder:
        return make_text_encoder(self.config.model, remat=remat(self.config))

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        model = self.config.model
        if model.features % model.heads:
            raise UserError(
                f"config.model.features is {model.features}: give a multiple of config.model.heads, which is "
                f"{model.heads}"
            )

    def limits(self) -> dict[str, str]:
        """None."""
        return {}

    def load_data(self, folders: Folders) -> Dataset:
        """The arrays of `batches.arrays`, and how many answers each slot has: ``counts``."""
        # Imported here because using a checkpoint needs the task but no data.
        from emojax.training.text import batches

        known = batches.collect(folders.get("openmoji_dir"), folders.get("keywords_dir"))
        found = batches.arrays(
            known,
            count=self.config.data.captions,
            validated=self.config.run.validate_count,
            seed=self.config.seed,
        )
        return found | {"counts": np.asarray(known.captions.slots.counts, np.int32)}

    def for_data(self, dataset: Dataset) -> "TextTask":
        """This task with as many answers as there are."""
        config = ml_collections.ConfigDict(self.config)
        config.model.counts = tuple(int(count) for count in dataset["counts"])
        return TextTask(ml_collections.FrozenConfigDict(config))

    def run_files(self, folders: Folders) -> dict[str, str]:
        """What the answers are, and the words that are known."""
        from emojax.training.text import batches

        known = batches.collect(folders.get("openmoji_dir"), folders.get("keywords_dir"))
        words = batches.vocabulary(known)
        return {SLOTS: known.captions.slots.to_json() + "\n", VOCABULARY: words + "\n"}

    def optimizer(self) -> optax.GradientTransformation:
        """Adam, at a rate that rises and then falls."""
        o = self.config.optimizer
        return optax.adam(warmup_cosine(o, self.config.steps), b1=o.b1, b2=o.b2)

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step."""
        ngrams = jnp.zeros((1, MAX_WORDS, MAX_NGRAMS), jnp.int32)
        params = self.model().init(rng.stream(key, "model"), ngrams)["params"]
        # A copy: the state is donated, and one buffer cannot be donated twice.
        average = jax.tree.map(jnp.copy, params)
        return NetState(jnp.zeros((), jnp.int32), Network(params, {}, self.optimizer().init(params)), average)

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: ``ngrams``, ``targets`` and ``weights`` of captions, and for each a
        ``key`` of its dropout."""
        number = self.config.batch_size
        chosen = pipeline.epoch_indices(
            rng.stream(key, "shuffle"), step, dataset_size=len(dataset["captions"]), batch_size=number
        )
        return {
            "ngrams": jnp.asarray(dataset["words"])[dataset["captions"][chosen]],
            "targets": dataset["targets"][chosen].astype(jnp.float32),
            "weights": dataset["weights"][chosen].astype(jnp.float32),
            "keys": jax.random.key_data(jax.random.split(rng.at(key, "dropout", step), number)),
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
        model, config, network = self.model(), self.config, state.network

        def loss_fn(params: Params, part: Batch) -> jax.Array:
            def read(ngrams: jax.Array, key: jax.Array) -> jax.Array:
                # Each caption by itself, so that what is dropped does not depend on how a batch is split.
                rngs = {"dropout": jax.random.wrap_key_data(key, impl="threefry2x32")}
                logits: Any = model.apply(
                    {"params": params}, ngrams[None], dropout=config.model.dropout, rngs=rngs
                )
                return logits[0]

            logits = jax.vmap(read)(part["ngrams"], part["keys"])
            return slot_loss(logits, part["targets"], part["weights"], tuple(config.model.counts))

        def gradient(part: Batch, _: Any) -> tuple[Any, None]:
            return jax.value_and_grad(loss_fn)(network.params, part), None

        (loss, grads), _ = accumulate(gradient, batch, micro_batches(config))
        metrics = {"loss": loss}
        return update_net(
            state, self.optimizer(), grads, metrics, average_decay=config.average_decay, axis_name=axis_name
        )

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], None]:
        """Shares of captions of held-out pairs that are read rightly by the moving average: ``eyes``,
        ``mouth`` and ``both``."""
        captions, right = np.asarray(dataset["held_out"]), np.asarray(dataset["right"])
        rows = []
        for i in range(0, len(captions), _AT_ONCE):
            chunk = captions[i : i + _AT_ONCE]
            padded = np.pad(chunk, ((0, _AT_ONCE - len(chunk)), (0, 0)))
            rows.append(np.asarray(self._logits(state.average, dataset["words"], padded))[: len(chunk)])
        logits, scores = np.concatenate(rows), {}
        starts = np.cumsum([0, *self.config.model.counts])
        hits = []
        for name, slot in (("eyes", 2), ("mouth", 3)):  # the order of `slots.make`
            answer = logits[:, starts[slot] : starts[slot + 1]].argmax(-1)
            hits.append(right[np.arange(len(right)), starts[slot] + answer])
            scores[name] = float(hits[-1].mean())
        return scores | {"both": float((hits[0] & hits[1]).mean())}, None

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving average, ``{"params": ...}``; format, configuration, slots and vocabulary as JSON.

        Raises:
          UserError: the work directory lacks one of its files.
        """
        metadata = {"format": FORMAT, "config": self.config.to_json()}
        for key, name in (("slots", SLOTS), ("vocabulary", VOCABULARY)):
            metadata[key] = run_files.read_text(workdir / name, most=_MAX_BYTES).strip()
        return Export({"params": jax.tree.map(np.asarray, state.average)}, metadata)

    @functools.cached_property
    def _logits(self) -> Any:
        model = self.model()
        return jax.jit(
            lambda params, words, captions: model.apply({"params": params}, jnp.asarray(words)[captions])
        )


def slot_loss(
    logits: jax.Array, targets: jax.Array, weights: jax.Array, counts: tuple[int, ...]
) -> jax.Array:
    """Mean over captions of the sum over slots of weighted cross-entropies.

    Args:
      logits, targets: ``float32[B, A]``; of each slot's `counts` answers the targets sum to 1.
      weights: ``float32[B, S]``.
      counts: numbers of answers, which sum to A.
    """
    total, start = jnp.zeros(len(logits)), 0
    for i, count in enumerate(counts):
        part = slice(start, start + count)
        total += weights[:, i] * optax.softmax_cross_entropy(logits[:, part], targets[:, part])
        start += count
    return jnp.mean(total)
