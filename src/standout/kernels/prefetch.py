"""Ask for a stream's state before it is needed.

The states of ten thousand streams do not fit into a core's caches. A search through a state waits
for memory at each of its steps; asked for one stream ahead, the whole state arrives meanwhile.
Measured on 10,000 streams, one value each: 2.3 to 2.7 M values a second in order, 1.8 to 2.6 M
shuffled. Plain loads instead of prefetches made it slower: they keep the core waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from standout.kernels.jit import part
from standout.types import Values

LINE_WORDS = 8
MOST_WORDS = 512
"""Longer states are asked for in part: the header, the forest and some of the window."""


def _no_line(flat: Values, word: int) -> None:
    """Do nothing: without the compiler there is no such instruction."""


def _emit_line(_typing: Any, flat: Any, word: Any) -> tuple[Any, Any]:
    """Prefetch the cache line of one word, to be written, into all levels."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        byte = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        address = builder.bitcast(builder.gep(array.data, [args[1]]), byte)
        shape = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        for_writing, everywhere, data = (ir.Constant(number, k) for k in (1, 3, 1))
        builder.call(function, [address, for_writing, everywhere, data])
        return context.get_dummy_value()

    return types.void(flat, word), generate


_config: Any = numba.config
_line: Callable[[Values, int], None] = (
    _no_line if _config.DISABLE_JIT else cast("Any", intrinsic(_emit_line))
)


@part
def prefetch(flat: Values, words: int, slot: int) -> None:
    """Prefetch the state of a slot; `flat` is the bank as one dimension."""
    begin = slot * words
    for word in range(begin, begin + min(words, MOST_WORDS), LINE_WORDS):
        _line(flat, word)
