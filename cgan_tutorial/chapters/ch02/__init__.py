"""The formulas of chapter 2 as functions, on cases small enough to know the answer."""
