"""What a step reads and what it changes have an order, also as TensorFlow rewrites the step."""

import pytest
from small import tiny
from test_keras_behaviour import GANS, inputs, small

from cgan_tutorial import losses

# Only TensorFlow runs the parts of a step in an order of its own.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tensorflow")]


def step_as_run(model):
    """The nodes of the graph that TensorFlow runs for a step, by name, and their inputs."""
    from tensorflow.python.eager import context

    context.enable_run_metadata()
    model.fit(inputs(model), batch_size=8, verbose=0)
    graphs = context.export_run_metadata().function_graphs
    context.disable_run_metadata()
    graph = max((each.post_optimization_graph for each in graphs), key=lambda each: len(each.node))
    nodes = {node.name: node for node in graph.node}
    return nodes, {name: [base(each) for each in node.input] for name, node in nodes.items()}


def base(edge):
    return edge.lstrip("^").split(":")[0]


def needed(name, sources):
    """All nodes that have run when this one runs."""
    found, waiting = set(), [name]
    while waiting:
        new = set(sources[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def check_order(model):
    nodes, sources = step_as_run(model)
    reads = [name for name, node in nodes.items() if node.op == "ReadVariableOp"]
    writes = [name for name, node in nodes.items() if node.op.startswith("Assign")]
    pairs = [(r, w) for w in writes for r in reads if sources[r][0] == sources[w][0]]
    steps = [name for name in writes if nodes[name].op == "AssignSubVariableOp"]
    assert len(steps) == len(model.trainable_variables)
    # A weight of the discriminator is read twice: with its own gradient, and frozen.
    wanted = 2 * len(model.discriminator.trainable_variables)
    assert sum(nodes[w].op == "AssignSubVariableOp" for _, w in pairs) >= wanted
    before = {name: needed(name, sources) for name in (*reads, *writes)}
    # A network's weight is read before its step; other variables only in some order.
    wrong = [
        (read, write)
        for read, write in pairs
        if read not in before[write] and (write in steps or write not in before[read])
    ]
    assert not wrong


@pytest.mark.parametrize("name", GANS)
def test_no_weight_changes_before_it_is_read(name):
    model = small(name)
    model.compile("sgd")
    check_order(model)


@pytest.mark.parametrize("loss", losses.LOSSES)
def test_with_each_loss_and_batch_normalization(loss):
    model = tiny("gan", loss=loss, gp_weight=0.0)
    model.compile("sgd")
    check_order(model)
