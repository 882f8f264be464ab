"""Decides by measuring: each choice is tried on kept data, and what moves the outputs least is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from edgesmith.errors import ModelError
from edgesmith.ir import Graph, Node
from edgesmith.quantization.budget import Search, Try
from edgesmith.quantization.correct import correct_biases
from edgesmith.quantization.draft import Draft, Outputs, all_noise, decibels, noise, noises, outputs_of
from edgesmith.quantization.dynamic import quantize_dynamically
from edgesmith.quantization.equalize import equalize, pairs
from edgesmith.quantization.fastest import Fastest
from edgesmith.quantization.front import float_front
from edgesmith.quantization.level import STRENGTHS as LEVELS
from edgesmith.quantization.level import level
from edgesmith.quantization.lift import ENOUGH as CLEAR
from edgesmith.quantization.lift import Lift, gives_numbers
from edgesmith.quantization.light import halve, lighten
from edgesmith.quantization.metrics import Judge, Metric
from edgesmith.quantization.observe import Run, Spreads, observe, probe
from edgesmith.quantization.pays import WHOLE_SLOWER, tell_speed
from edgesmith.quantization.plan import FORMS, Plan, layers_of
from edgesmith.quantization.ranges import METHODS
from edgesmith.quantization.recurrent import LITTLE, WORSE, cell_reach, recurrences, why_not
from edgesmith.quantization.report import Report
from edgesmith.quantization.rounding import damped, has_matrix, length_of, square_of, together
from edgesmith.quantization.samples import Progress
from edgesmith.quantization.sensitivity import sensitivity
from edgesmith.quantization.smooth import STRENGTHS, sites, smooth
from edgesmith.quantization.speed import MACHINE, Clock, race, spoken
from edgesmith.quantization.tail import CHEAP, float_tail, judged_values, wide_end
from edgesmith.quantization.weights import is_layer
from edgesmith.types import DType

JUDGED = 24  # runs that choices are compared on
ENOUGH = 4  # runs that no range was taken from
SENSED = 8  # runs that each layer alone is measured on
CORRECTED = 64  # runs whose means correct biases
LONGEST = 2304  # weights of an output that are rounded together: longer ones take too long
MATRICES = 16 << 20  # numbers in the matrices that are gathered at a time
CLEARLY = 0.8  # the same for other weights throughout, which fit the data that they were rounded by
BETTER = 0.98  # of the noise: a choice must leave no more than this to be taken


@dataclass(frozen=True, slots=True)
class Settings:
    """What the caller asked for; None and "auto" leave it to measurements, and a plan decides everything."""

    form: str = "int8"
    method: str = "auto"
    per_channel: bool = True
    equalize: bool | None = None
    correct_bias: bool | None = None
    rounding: str | None = None
    smooth: float | None = None
    float_end: bool = True
    plan: Plan | None = None
    max_drop: float | None = None
    metric: str | Metric = "top1"
    fastest: bool = False
    clock: Clock = MACHINE
    lift: float = 0.0
    recurrence: bool | None = None


class Workshop:
    """A float graph, what was seen of it, and some of the data; ``report`` grows with every decision."""

    def __init__(
        self,
        name: str,
        graph: Graph,
        spreads: Spreads,
        runs: Sequence[Run],
        settings: Settings,
        tell: Progress,
        labels: Sequence[Any] | None = None,
        held: Sequence[Run] = (),
    ) -> None:
        self.name = name
        self.labels = labels
        self.runs = runs
        # Ranges are not judged on the data that they were taken from, where there is enough.
        judges = held if len(held) >= ENOUGH else runs
        self.judged = judges[:: max(1, len(judges) // JUDGED)][:JUDGED]
        self.settings = settings
        self.tell = tell
        self.report = Report()
        self.floor: tuple[Judge, float] | None = None  # what the metric must reach, once a drop is allowed
        self.switched: dict[str, str] = {}  # layers decided by their speed, and why
        self.start = Draft(
            graph, spreads, per_channel=settings.plan.per_channel if settings.plan else settings.per_channel,
            functions=settings.clock is MACHINE,  # chips' kernels have none
        )  # fmt: skip
        self._reach()
        self.start.decide(self._kinds(self.start))
        if settings.plan:  # which decides last: layers that it lifts were levelled and corrected as integers
            settings.plan.kinds(graph, self.start.scales())
            self.report.reasons.clear()

    @cached_property
    def wanted(self) -> Outputs:
        """What the float model answers: its scores, where it ends in probabilities."""
        graph = self.start.graph
        values = judged_values(graph)
        return [[array.copy() for array in found] for found in probe(graph, values, self.judged)]

    def noise_of(self, draft: Draft) -> float:
        """How far a draft moves the outputs."""
        return noise(self.wanted, outputs_of(draft.build(judged_values(draft.graph)), self.judged))

    def _spread_noise(self, draft: Draft) -> float:
        """The same for all outputs together, so that a gain in any of them counts."""
        found = outputs_of(draft.build(judged_values(draft.graph)), self.judged)
        return all_noise(self.wanted, found) / len(self.wanted[0])

    def quantized(self) -> tuple[Graph, Plan]:
        """The graph of integers, and the decisions that led to it."""
        given = self.settings.plan
        draft, plan = (self._planned(given), replace(given)) if given else self._measured()
        if self.settings.max_drop is not None:
            self._within(draft, self.settings.max_drop)
        if self.settings.fastest:
            self._fastest(draft)
            plan.layers = {}
        made = draft.build()
        self._tell_noise(made)
        names = {node: name for name, node in layers_of(draft.graph, draft.scales()).items()}
        known = layers_of(self.start.graph, self.start.scales())
        words = {kind: word for word, kind in FORMS.items()}
        plan.layers = plan.layers or {
            name: words[draft.kinds.get(node, FORMS[plan.default])] for node, name in names.items() if name in known
        }
        return made, plan

    def light(self, bits: int, half: DType | None) -> tuple[Graph, Plan]:
        """The float graph with lighter weights: of 8 or 4 bits, or half floats."""
        graph = self.start.branch().graph
        plan = Plan(self.name, default="float", bits=bits)
        if half is not None:
            halve(graph, half)
            self.report.reasons.append(f"weights as {half}; activations stay floats")
        else:
            plan.rounding = self.settings.rounding or ("gptq" if bits == 4 else "nearest")
            four = lighten(graph, self.runs[:CORRECTED], bits, plan.rounding, self.tell)
            layers = sum(is_layer(node) for node in graph.nodes)
            self.report.reasons.append(
                f"weights of {len(four)} layers in 4 bits, of {layers - len(four)} in 8, rounded by {plan.rounding}; "
                "activations stay floats"
            )
        self._tell_noise(graph)
        return graph, plan

    def dynamic(self) -> tuple[Graph, Plan]:
        """The float graph with layers that make integers of their inputs as they run."""
        graph = self.start.branch().graph
        count = quantize_dynamically(graph, self.tell)
        light = sum(is_layer(node) for node in graph.nodes)
        self.report.reasons.append(
            f"{count} layers compute in int8 with ranges found as they run; weights of {light} others in 8 bits, "
            "which are computed in floats"
        )
        self._tell_noise(graph)
        return graph, Plan(self.name, default="float", bits=8)

    def _tell_noise(self, made: Graph) -> None:
        ratios = noises(outputs_of(self.start.graph, self.judged), outputs_of(made, self.judged))
        self.report.measured["signal_to_noise_db"] = {
            name: decibels(ratio) for name, ratio in zip(made.output_names, ratios, strict=True)
        }

    # -- choices ------------------------------------------------------------------------------------------------

    def _planned(self, plan: Plan) -> Draft:
        draft = self.start.branch()
        draft.method = plan.method
        if plan.smooth:
            self._smooth(draft, plan.smooth)
        if plan.level:
            self._level(draft, plan.level)
        if plan.equalize:
            self._equalize(draft)
        self._round(draft, plan.rounding)
        if plan.correct_bias:
            correct_biases(draft, self.runs[:CORRECTED])
        self._decide(draft, plan)
        self.report.reasons.append(f"the plan decides: {len(plan.layers)} layers, ranges by {plan.method}")
        return draft

    def _decide(self, draft: Draft, plan: Plan) -> None:
        """Let a plan say what each layer that the source has computes with."""
        known = layers_of(self.start.graph, self.start.scales())
        layers = layers_of(draft.graph, draft.scales())
        told = {name: FORMS[plan.layers.get(name, plan.default)] for name in known}
        draft.decide(draft.kinds | {layers[name]: form for name, form in told.items() if name in layers})

    def _measured(self) -> tuple[Draft, Plan]:
        asked = self.settings
        plan = Plan(self.name, per_channel=asked.per_channel, default=asked.form)
        best = self.start.branch()
        least = self._best_method(best)
        if asked.smooth != 0 and sites(best.graph):
            best, least = self._smoothed(best, least, plan)
        best, least = self._levelled(best, least, plan)
        base = best.branch(keep_weights=False)
        # A scale a channel holds each channel's range already: what equalizing adds there is not worth other weights.
        if (asked.equalize or (asked.equalize is None and not asked.per_channel)) and pairs(best.graph):
            other = base.branch(keep_weights=False)
            changed = self._equalize(other)
            if asked.correct_bias is not False:
                correct_biases(other, self.runs[:CORRECTED])
            found = self._best_method(other)
            plain = best.branch()
            if asked.correct_bias is not False:
                correct_biases(plain, self.runs[:CORRECTED])
            against = min(least, self.noise_of(plain))
            plan.equalize = asked.equalize is True or found < BETTER * against
            self._say(
                "equalizing the channels of neighbouring layers", plan.equalize, against, found, f"{changed} pairs"
            )
            if plan.equalize:
                best = base.branch(keep_weights=False)
                self._equalize(best)
                least = self._best_method(best)
        plan.rounding = asked.rounding or "nearest"
        other, count = best.branch(), 0
        if asked.rounding is None and best.per_channel:
            count = self._round(other, "gptq")
        if self._round(best, plan.rounding):  # before biases, which make up for what rounding leaves
            least = self.noise_of(best)
        best, least = self._corrected(best, least, plan)
        if count:
            same = replace(plan)
            other, found = self._corrected(other, self.noise_of(other), same)
            taken = found < CLEARLY * least
            self._say("rounding the weights of an output together by gptq", taken, least, found, f"{count} layers")
            if taken:
                best, least, plan.rounding, plan.correct_bias = other, found, "gptq", same.correct_bias
        if asked.form == "int8":
            self._recurred(best, least)
        plan.method = best.method
        self._lift(best)
        return best, plan

    def _lift(self, draft: Draft) -> None:
        """Leave the noisiest layers in floats as far as is allowed, where outputs are numbers."""
        asked, values = self.settings, judged_values(draft.graph)
        before = self._spread_noise(draft) if asked.lift else 0.0
        if asked.form != "int8" or before <= CLEAR or not gives_numbers(draft.graph):
            return
        layers = layers_of(draft.graph, draft.scales())
        alone = sensitivity(draft, layers, values, self.wanted[:SENSED], self.judged[:SENSED], self.tell, all_noise)
        found = Lift(draft, layers, alone, self._spread_noise, self.tell, asked.lift)
        after = found.run(before)
        self.report.measured["lifted"] = {
            "layers": found.lifted, "share": found.share, "before_db": decibels(before), "after_db": decibels(after)
        }  # fmt: skip
        if found.lifted:
            listed = ", ".join(f"'{name}'" for name in found.lifted)
            gain = f"{decibels(before):.1f} dB signal to noise without, {decibels(after):.1f} dB with it"
            self.report.reasons.append(
                f"left in floats, with what reads their results: {listed}; outputs are used as numbers, and these "
                f"layers with {found.share:.1%} of all multiplications make much of their noise: {gain}"
            )

    def _corrected(self, best: Draft, least: float, plan: Plan) -> tuple[Draft, float]:
        """The draft with biases that make up for rounded weights, where that helps."""
        if self.settings.correct_bias is False:
            return best, least
        other = best.branch()
        changed = correct_biases(other, self.runs[:CORRECTED])
        found = self.noise_of(other)
        plan.correct_bias = self.settings.correct_bias is True or found < BETTER * least
        self._say("correcting biases", plan.correct_bias, least, found, f"{changed} layers")
        return (other, found) if plan.correct_bias else (best, least)

    def _reach(self) -> None:
        """How far the cells of LSTMs reach, which no value of the graph says."""
        found = [node for node in recurrences(self.start.graph) if not why_not(node)]
        gates = [node.input(0) for node in found]
        reaches = (
            [
                [cell_reach(n, a) for n, a in zip(found, arrays, strict=True)]
                for arrays in probe(self.start.graph, gates, self.runs[:CORRECTED])
            ]
            if found
            else []
        )
        self.start.cells = {node: max(row[place] for row in reaches) for place, node in enumerate(found)}

    def _recurred(self, best: Draft, least: float) -> None:
        """Compute recurrences in integers, one after the other, where outputs stay as near as ``least`` noise says."""
        before = least
        kept: list[Node] = []
        for node in recurrences(best.graph):
            reason = why_not(node) or ("integers are not wanted there" if self.settings.recurrence is False else "")
            if not reason and best.kinds.get(node) is None:
                floats = best.kinds
                best.decide({**floats, node: DType.I8})
                found = self.noise_of(best)
                self.tell("trying recurrences", len(kept), len(best.cells))
                reason = f"{decibels(found):.1f} dB with it in int8, {decibels(least):.1f} dB without"
                if found <= max(WORSE * before, LITTLE):
                    reason = self._slower(best, floats)
                if not reason:
                    kept.append(node)
                    least = found
                    continue
                best.decide(floats)
            self.report.reasons.append(f"the recurrence of '{node.label}' stays in floats: {reason}")
        if kept:
            listed = ", ".join(f"'{node.label}'" for node in kept)
            self.report.reasons.append(
                f"the recurrence of {listed} in int8: {decibels(before):.1f} dB without, {decibels(least):.1f} dB with"
            )

    def _slower(self, draft: Draft, floats: dict[Node, DType | None]) -> str:
        """What a recurrence in integers takes, and what it takes as ``floats`` say, where it is slower on this machine
        both times that it is measured. Nobody asks where integers are wanted anyway: by a chip, or a file's format."""
        if self.settings.recurrence or self.settings.clock.exact:
            return ""
        integers, kinds = draft.build(), draft.kinds
        draft.decide(floats)
        without = draft.build()
        draft.decide(kinds)
        told = ""
        for _ in range(2):
            before, after = (sum(t.values()) for t in self.settings.clock.race([without, integers], self.runs[0]))
            if before >= WHOLE_SLOWER * after:
                return ""
            told = f"a run takes {spoken(after, 'us')} with it in int8, {spoken(before, 'us')} without"
        return told

    def _smoothed(self, best: Draft, least: float, plan: Plan) -> tuple[Draft, float]:
        """The draft with outlying channels of activations moved into weights, as far as that helps."""
        before = least
        for strength in STRENGTHS if self.settings.smooth is None else (self.settings.smooth,):
            other = self.start.branch(keep_weights=False)
            changed = self._smooth(other, strength)
            other.method = best.method
            found = self.noise_of(other)
            if found < BETTER * least or self.settings.smooth:
                best, least, plan.smooth = other, found, strength
        what = f"smoothing what normalizations give to layers, strength {plan.smooth:g}"
        self._say(what, plan.smooth > 0, before, least if plan.smooth else found, f"{changed} normalizations")
        return best, least

    def _smooth(self, draft: Draft, strength: float) -> int:
        changed = smooth(draft, strength)
        draft.spreads = observe(draft.graph, self.runs[:CORRECTED])
        draft.decide(draft.kinds)
        return changed

    def _say(self, what: str, taken: bool, before: float, after: float, of: str) -> None:
        verdict = "kept" if taken else "not kept"
        self.report.reasons.append(
            f"{what} ({of}): {decibels(before):.1f} dB without, {decibels(after):.1f} dB with it; {verdict}"
        )
        self.report.measured[what] = {"before_db": decibels(before), "after_db": decibels(after), "kept": taken}

    def _best_method(self, draft: Draft) -> float:
        """Give the draft the best method for ranges; returns the noise that it leaves."""
        if self.settings.method != "auto" or self.settings.form != "int8":  # int16 takes whole ranges anyway
            draft.method = "minmax" if self.settings.method == "auto" else self.settings.method
            return self.noise_of(draft)
        found = {}
        for count, draft.method in enumerate(METHODS, 1):
            found[draft.method] = self.noise_of(draft)
            self.tell("comparing methods", count, len(METHODS))
        draft.method = min(found, key=found.__getitem__)
        told = ", ".join(f"{name} {decibels(ratio):.1f} dB" for name, ratio in found.items())
        self.report.reasons.append(f"ranges by {draft.method}: {told} signal to noise")
        self.report.measured["methods_db"] = {name: decibels(ratio) for name, ratio in found.items()}
        return found[draft.method]

    def _levelled(self, best: Draft, least: float, plan: Plan) -> tuple[Draft, float]:
        """The draft with results of the network brought to one reach, channel by channel, where that helps."""
        if not best.per_channel or not self.settings.float_end or self.settings.form != "int8" or plan.smooth:
            return best, least
        before = least
        for strength in LEVELS:
            other = self.start.branch(keep_weights=False)
            other.method = best.method
            self._level(other, strength)
            found = self.noise_of(other)
            if found < BETTER * least:
                best, least, plan.level = other, found, strength
        what = f"levelling channels of activations, strength {plan.level or strength:g}"
        self._say(
            what,
            plan.level > 0,
            before,
            least if plan.level else found,
            f"{sum(map(is_layer, best.graph.nodes))} layers",
        )
        if plan.level:
            least = self._best_method(best)
        return best, least

    def _level(self, draft: Draft, strength: float) -> int:
        added = level(draft.graph, draft.spreads, draft.kinds, strength)
        draft.spreads = observe(draft.graph, self.runs[:CORRECTED])
        draft.decide(draft.kinds | added)
        return len(added)

    def _equalize(self, draft: Draft) -> int:
        changed = equalize(draft.graph, draft.spreads)
        draft.spreads = observe(draft.graph, self.runs[:CORRECTED])
        return changed

    def _round(self, draft: Draft, rounding: str) -> int:
        """Round each layer's weights together, by what the float model gives them to multiply."""
        layers = (
            [node for node in draft.graph.nodes if is_layer(node) and has_matrix(node) and length_of(node) <= LONGEST]
            if rounding != "nearest"
            else []
        )
        done = 0
        while done < len(layers):
            some: list[Node] = []
            for node in layers[done:]:  # as many as there is memory for, so that the network runs seldom
                if some and sum(length_of(each) ** 2 for each in (*some, node)) > MATRICES:
                    break
                some.append(node)
            self._round_some(draft, some, rounding)
            done += len(some)
            self.tell("rounding layers", done, len(layers))
        if layers and self.settings.rounding:
            self.report.reasons.append(f"the weights of {len(layers)} layers are rounded by {rounding}")
        return len(layers)

    def _round_some(self, draft: Draft, layers: Sequence[Node], rounding: str) -> None:
        read = list(dict.fromkeys(node.input(0) for node in layers))
        matrices: dict[Node, Any] = dict.fromkeys(layers, 0)
        for count, arrays in enumerate(probe(draft.graph, read, self.runs[:CORRECTED])):
            for node in layers:
                matrices[node] = matrices[node] + square_of(node, arrays[read.index(node.input(0))], count)
        for node in layers:
            draft.rounded[node] = together(node, draft.per_channel, damped(matrices[node]), rounding)

    def _kinds(self, draft: Draft) -> dict[Node, DType | None]:
        given = self.settings.plan
        kinds = Plan(self.name, default=given.default if given else self.settings.form).kinds(
            draft.graph, draft.scales()
        )
        kinds |= dict.fromkeys(recurrences(draft.graph))  # until all else is decided
        front = float_front(draft.graph)
        if front:
            kinds = kinds | dict.fromkeys(front)
            self.report.reasons.append(
                f"the {len(front)} operators up to '{front[-1].label}' make levels of a signal, and stay in floats"
            )
        if not self.settings.float_end:
            return dict(kinds)
        tail = float_tail(draft.graph, draft.spreads)
        mixed = [f"'{node.label}'" for node in tail if node.op == "concat"]
        if mixed:
            self.report.reasons.append(
                f"{', '.join(mixed)}: parts of far ranges keep a scale each and are joined in floats"
            )
        kinds |= dict.fromkeys(tail)
        wide = wide_end(draft.graph, kinds) if self.settings.form == "int8" else []
        if wide:
            listed = ", ".join(f"'{node.label}'" for node in wide)
            self.report.reasons.append(
                f"{listed}: in int16, since scores decide there and it is less than {CHEAP:.0%} of all multiplications"
            )
        return kinds | dict.fromkeys(wide, DType.I16)

    # -- an allowed drop ----------------------------------------------------------------------------------------

    def _within(self, draft: Draft, most: float) -> None:
        """Lift the layers that cost most accuracy, until the metric drops by no more than is allowed."""
        floats = outputs_of(self.start.graph, self.runs)
        judge = Judge(self.settings.metric, self.runs, self.labels, floats)
        score = judge(outputs_of(draft.build(), self.runs))
        self.floor = (judge, judge.float_score - most)
        if judge.float_score - score <= most:
            facts = {"metric": judge.name, "float": judge.float_score, "result": score, "allowed_drop": most}
            self.report.measured["budget"] = {**facts, "samples": len(self.runs), "tries": 1, "lifted": []}
            self.report.reasons.append(
                f"{judge.name} on {len(self.runs)} samples: {score:.4f}, {judge.float_score:.4f} with floats; "
                f"a drop of {most:.4f} is allowed, so no layer is lifted"
            )
            return
        layers = layers_of(draft.graph, draft.scales())
        layers = {name: node for name, node in layers.items() if draft.kinds.get(node, DType.I8) is not None}
        values = judged_values(draft.graph)
        few = self.judged[:SENSED]
        alone = dict.fromkeys(layers, 0.0)
        search = Search(draft, layers, list(layers), judge, judge.float_score - most, self.tell)
        search.best = Try(frozenset(), score)
        try:
            alone = sensitivity(draft, layers, values, self.wanted[:SENSED], few, self.tell)
            search.ranked = sorted(layers, key=lambda name: -alone[name])
            best = search.run(self._lifted_form(draft))
        except KeyboardInterrupt:  # before any plan but the first was tried
            search.interrupted, best = True, search.best
        self.floor = (judge, min(best.score, judge.float_score - most))
        ranked = search.ranked
        word = next(word for word, kind in FORMS.items() if kind is best.form)
        drop = judge.float_score - best.score
        lifted = ", ".join(f"'{name}'" for name in ranked if name in best.lifted)
        self.report.measured["budget"] = {
            "metric": judge.name, "float": judge.float_score, "result": best.score, "allowed_drop": most,
            "samples": len(self.runs), "tries": search.tries, "lifted_to": word, "lifted": sorted(best.lifted),
            "sensitivity_db": {name: decibels(alone[name]) for name in ranked}, "interrupted": search.interrupted,
        }  # fmt: skip
        self.report.reasons.append(
            f"{judge.name} on {len(self.runs)} samples: {best.score:.4f}, {judge.float_score:.4f} with floats, a drop "
            f"of {drop:.4f} where {most:.4f} is allowed; "
            + (f"{len(best.lifted)} layers and what reads them in {word}: {lifted}" if lifted else "no layer is lifted")
        )
        if search.interrupted:
            self.report.warnings.append(
                f"the search was interrupted after {search.tries} tries; the best plan so far is kept"
            )
        if drop > most + 1e-12:
            self.report.warnings.append(
                f"{self.name}: no plan within the allowed drop of {most:.4f} was found; the best one drops "
                f"{judge.name} by {drop:.4f}"
            )

    def _lifted_form(self, draft: Draft) -> DType | None:
        """int16 or floats, whichever is faster here when all layers are; floats for what is int16 already."""
        if self.settings.form == "int16":
            return None
        other = draft.branch()
        other.kinds = {node: DType.I16 if kind is DType.I8 else kind for node, kind in other.kinds.items()}
        floats, wide = (sum(times.values()) for times in race([self.start.graph, other.build()], self.runs[0], 3))
        self.report.reasons.append(
            f"layers are lifted to {'int16' if wide < floats else 'float'}: on this machine all of them take "
            f"{wide:,.0f} us in int16, {floats:,.0f} in float"
        )
        return DType.I16 if wide < floats else None

    # -- speed --------------------------------------------------------------------------------------------------

    def _fastest(self, draft: Draft) -> None:
        """Leave layers in floats where the whole is faster so."""
        found = Fastest(draft, self.start.graph, self.settings.clock, self.runs[0], self._allowed, self.tell)
        try:
            found.search()
        except ModelError as error:
            self.report.warnings.append(f"what is fastest {self.settings.clock.where} is not known: {error}")
            return
        self.switched = found.reasons
        self.report.measured["fastest"] = {"floats": sorted(found.floats), "why": found.reasons, "tries": found.tries}
        self.report.reasons.append(found.summary())
        if found.interrupted:
            self.report.warnings.append(
                f"the search for what is fastest was interrupted after {found.tries} tries; the best so far is kept"
            )

    def _allowed(self, made: Graph) -> bool:
        """Whether a graph keeps within the drop that was asked for."""
        return self.floor is None or self.floor[0](outputs_of(made, self.runs)) >= self.floor[1]

    def measure_speed(self, made: Graph, plan: Plan) -> None:
        """Measure both models, and say which layers integers do not pay for."""
        graphs = [self.start.graph, made]
        tell_speed(self.report, plan, self.name, self.settings.clock, graphs, self.runs[0], self.switched)
