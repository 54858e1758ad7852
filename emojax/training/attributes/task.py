"""The task of the attribute net: all attributes at once, on stored features of the parser's. All pure."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_collections
import numpy as np
import optax

from emojax.avatar.reading.net import evidence, features
from emojax.avatar.reading.net.shown import FORMAT
from emojax.core import rng
from emojax.core.errors import UserError
from emojax.data import pipeline
from emojax.data.faces.attributes import WORDS
from emojax.models.faces.attributes import AttributeHeads
from emojax.training.attributes import losses, stored
from emojax.training.engine.accumulation import accumulate, micro_batches
from emojax.training.engine.optimization import update_net, warmup_cosine
from emojax.training.engine.state import NetState, Network, Params
from emojax.training.engine.task import Dataset, Export, Folders, Task

Batch = dict[str, Any]
Metrics = dict[str, jax.Array]


@dataclasses.dataclass(frozen=True)
class AttributeTask(Task):
    """Training of an `AttributeHeads`. `config` has the fields of ``configs/attributes.py``."""

    name = "attributes"
    product = "attribute net"
    reads = ("data_dir",)
    score = "balanced_accuracy"

    def model(self) -> AttributeHeads:
        return AttributeHeads(sum(map(len, WORDS.values())))

    def check(self) -> None:
        """Raises `UserError` where the configuration cannot make a model."""
        for field in ("balance", "presence"):
            if unknown := sorted(set(self.config[field]) - set(WORDS)):
                raise UserError(f"config.{field}.{unknown[0]} is no attribute; there are {', '.join(WORDS)}")

    def limits(self) -> dict[str, str]:
        """A linear map keeps nothing but its input for its gradient."""
        return {"remat": "the attribute net is one linear map, of which nothing can be left out; use False"}

    def load_data(self, folders: Folders) -> Dataset:
        """The file of `views`.

        Returns:
          ``rows`` ``float16[M, F]`` of all views of the training faces and ``row_words`` ``int32[M, A]``;
          and of the first views of the faces held out ``held`` and ``held_words``.

        Raises:
          UserError: there is no such file, or it is another.
        """
        found = stored.read(folders.get("data_dir"))
        known = ~found.held_out
        return {
            "rows": np.concatenate(list(found.features[:, known])),
            "row_words": np.tile(found.words[known], (len(found.features), 1)),
            "held": found.features[0][found.held_out],
            "held_words": found.words[found.held_out],
        }

    def for_data(self, dataset: Dataset) -> "AttributeTask":
        """This task with as many features as there are."""
        config = ml_collections.ConfigDict(self.config)
        config.model.features = dataset["rows"].shape[1]
        return AttributeTask(ml_collections.FrozenConfigDict(config))

    def warm_start(self, state: NetState, folders: Folders) -> NetState:
        """The state before the first step, with the statistics of the training faces."""
        found = stored.read(folders.get("data_dir"))
        fresh = stored.statistics(found.features[0][~found.held_out], found.sizes)
        fresh |= {"frequencies": losses.frequencies(found.words[~found.held_out])}
        fresh = jax.tree.map(jnp.asarray, fresh)
        network = dataclasses.replace(state.network, batch_stats=fresh)
        average = {"params": state.average["params"], "batch_stats": jax.tree.map(jnp.copy, fresh)}
        return dataclasses.replace(state, network=network, average=average)

    def optimizer(self) -> optax.GradientTransformation:
        """Gradient descent with momentum, at a rate that rises and then falls, and weight decay."""
        o = self.config.optimizer
        return optax.chain(
            optax.add_decayed_weights(o.weight_decay),
            optax.sgd(warmup_cosine(o, self.config.steps), momentum=o.momentum, nesterov=True),
        )

    def init(self, key: jax.Array) -> NetState:
        """The state before the first step: all words alike."""
        F = self.config.model.features
        variables: Any = self.model().init(key, jnp.zeros((1, F)))
        params = variables["params"]
        statistics = {**variables["statistics"], "frequencies": jnp.ones(self.model().words)}
        average = jax.tree.map(jnp.copy, {"params": params, "batch_stats": statistics})
        network = Network(params, statistics, self.optimizer().init(params))
        return NetState(jnp.zeros((), jnp.int32), network, average)

    def batch(self, dataset: Batch, step: jax.Array, key: jax.Array) -> Batch:
        """The global batch of `step`: views of training faces and their words."""
        rows = pipeline.epoch_indices(
            rng.stream(key, "shuffle"),
            step,
            dataset_size=len(dataset["rows"]),
            batch_size=self.config.batch_size,
        )
        return {"rows": dataset["rows"][rows], "words": dataset["row_words"][rows]}

    def step(self, state: NetState, batch: Batch, axis_name: str | None = None) -> tuple[NetState, Metrics]:
        """One update; arguments and results as of `Task.step`."""
        network, loss_config = state.network, self.config.loss

        def loss_fn(params: Params, part: Batch) -> jax.Array:
            logits = self._logits(params, network.batch_stats, part["rows"])
            return losses.loss(
                logits,
                part["words"],
                network.batch_stats["frequencies"],
                weighted=loss_config.weighted,
                smoothing=loss_config.smoothing,
            )

        def gradient(part: Batch, _: Any) -> tuple[Any, None]:
            return jax.value_and_grad(loss_fn)(network.params, part), None

        (loss, grads), _ = accumulate(gradient, batch, micro_batches(self.config))
        metrics = {"loss": loss}
        return update_net(
            state,
            self.optimizer(),
            grads,
            metrics,
            average_decay=self.config.average_decay,
            axis_name=axis_name,
            batch_stats=network.batch_stats,
        )

    def validate(self, state: NetState, dataset: Batch) -> tuple[dict[str, float], None]:
        """Balanced accuracies of the moving average on the faces held out, and their mean."""
        average = state.average
        logits = jax.jit(self._logits)(average["params"], average["batch_stats"], dataset["held"])
        frequencies = np.asarray(average["batch_stats"]["frequencies"])
        found = self._evidence(np.asarray(logits), frequencies)
        scores = losses.balanced_accuracies(found, np.asarray(dataset["held_words"]))
        return scores | {"balanced_accuracy": float(np.mean(list(scores.values())))}, None

    def better(self, score: float, before: list[float]) -> bool:
        """Always: the faces held out choose nothing, so that figures on them stay honest."""
        return True

    def _logits(self, params: Params, statistics: Any, rows: jax.Array) -> jax.Array:
        own = {name: statistics[name] for name in ("mean", "inverse", "gain")}
        found: Any = self.model().apply({"params": params, "statistics": own}, rows)
        return found

    def _balance(self, attribute: str) -> dict[str, Any]:
        """The arguments of `evidence.evidence` by name."""
        config = self.config
        weighted = config.loss.weighted
        return {
            "weighted": weighted,
            "balance": config.balance.get(attribute, weighted),
            "presence": config.presence.get(attribute),
        }

    def _evidence(self, logits: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
        """``float64[N, W]``: what drawings would be chosen by."""
        found = [
            evidence.evidence(logits[:, own], frequencies[own], **self._balance(name))
            for name, own in losses.SLICES.items()
        ]
        return np.concatenate(found, -1)

    def export(self, state: NetState, workdir: Path) -> Export:
        """The moving average, and the vocabulary as JSON."""
        average = jax.tree.map(np.asarray, state.average)
        statistics = dict(average["batch_stats"])
        frequencies = statistics.pop("frequencies").tolist()
        variables = {"params": average["params"], "statistics": statistics}
        listed, start = {}, 0
        for name, words in WORDS.items():
            listed[name] = {
                "words": words,
                "frequencies": frequencies[start : start + len(words)],
                **self._balance(name),
            }
            start += len(words)
        metadata = {
            "format": FORMAT,
            "config": self.config.to_json(),
            "attributes": json.dumps(listed),
            "features": json.dumps(features.ORDER),
        }
        return Export(variables, metadata)
