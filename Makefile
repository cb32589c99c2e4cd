# The commands of daily work; what they do is in scripts/, Benchmarks/ and Fuzz/.
.POSIX:
.PHONY: help run build test test-clients bench fuzz check install uninstall clean

PREFIX = /usr
DESTDIR =
CONFIGURATION = release
BENCH_FLAGS =
FUZZ_SECONDS = 60

help:
	@echo 'make run                    install what is missing, build, and serve the example apps on 127.0.0.1:8080'
	@echo 'make test                   install what is missing, build, and run every test'
	@echo 'make test-clients           run the clients of others for channels, which it fetches from PyPI, against zzzd'
	@echo 'make build                  build into .build/dist (CONFIGURATION=debug for a debug build)'
	@echo 'make bench                  measure zzzd beside nginx and the floor (BENCH_FLAGS=--help lists the flags)'
	@echo 'make fuzz                   run the fuzz targets, FUZZ_SECONDS=60 each'
	@echo 'make check                  look for what the style forbids'
	@echo 'make install                install what was built below DESTDIR, in PREFIX=/usr'
	@echo 'make uninstall              remove that again; the configuration stays'
	@echo 'make clean                  remove what was built'

run:
	@scripts/setup
	@scripts/build $(CONFIGURATION)
	@exec scripts/run

build:
	@scripts/setup
	@scripts/build $(CONFIGURATION)

test:
	@scripts/setup --test
	@scripts/check
	@scripts/build $(CONFIGURATION)
	swift test --disable-xctest

test-clients:
	@scripts/setup --clients
	@scripts/build $(CONFIGURATION)
	@Tests/ForeignClients/run

bench:
	@scripts/setup --bench
	@scripts/build release
	@Benchmarks/run $(BENCH_FLAGS)

fuzz:
	@scripts/setup
	@Fuzz/run $(FUZZ_SECONDS)

check:
	@scripts/check

install:
	@scripts/setup --install
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install

uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install --uninstall

clean:
	rm -rf .build
