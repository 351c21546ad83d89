# `make test` installs what the tests need and runs them; `make bench` measures.

.PHONY: test lint snapshots bench clean

test:
	tests/run

lint:
	tests/run tests/lint

snapshots:
	CORREIO_UPDATE_SNAPSHOTS=1 tests/run -m terminal

bench:
	.venv/bin/python -m tests.bench all

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
