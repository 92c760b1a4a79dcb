# Makefile: owns how the tree is built, installed and tested.  `make help` lists the targets.
#
# Every output lies under build/.  The kernel module is built by scripts/kbuild (once for each
# kernel); user space is built here, from fragments that stand beside what they build:
#
#	daemon/engine/engine.mk  daemon/daemon.mk  daemon/ctl/ctl.mk  selftests/SUITE/SUITE.mk
#
# A fragment is included from the top directory, so its paths start there.  It adds to
#
#	LIBS		static libraries	build/lib/libhs.a
#	PROGRAMS	installed programs	build/bin/tlsupd
#	TESTS		test programs		build/tests/SUITE/NAME
#	MAN		manual pages to install	daemon/tlsupd.8
#	HEADERS		generated headers, built before any object
#
# and says what each is made of; the commands are below:
#
#	LIBS += build/lib/libhs.a
#	build/lib/libhs.a: $(call objs,daemon/engine/hs.c daemon/engine/msg.c)
#
#	PROGRAMS += build/bin/tlsupd
#	build/bin/tlsupd: $(call objs,daemon/main.c) build/lib/libhs.a
#	build/bin/tlsupd: private LDLIBS += $(call pkg_libs,libnl-genl-3.0 libcrypto) -lpthread
#	build/obj/daemon/%.o: CPPFLAGS += $(call pkg_cflags,libnl-genl-3.0)
#
# $(call objs,FILE.c...) names objects under build/obj/; $(call asan_objs,...) names the same files
# compiled with the address and undefined-behaviour sanitisers, under build/asan/.  A library or test
# whose own path starts with build/asan/ is linked with them.  Include paths that everybody has:
# uapi/ (so <linux/tlsup.h> is ours) and the top directory ("daemon/engine/hs.h").
# Tests that use the kernel's kselftest_harness.h add $(KSELFTEST_INC) to CPPFLAGS: the header comes
# from Debian's linux-source.

SHELL := /bin/bash
.SHELLFLAGS := -ec
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
AR := ar

VERSION := 0.1

CSTD := -std=gnu11
WARN := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2
SANITISE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CFLAGS ?= -O2 -g
CPPFLAGS += -Iuapi -I. -DTLSUP_VERSION='"$(VERSION)"'
DEPFLAGS = -MMD -MP

PREFIX ?= /usr
DESTDIR ?=
TLSUP_CACHE ?= /var/cache/tlsup
export TLSUP_CACHE

LIBS :=
PROGRAMS :=
TESTS :=
MAN := $(wildcard kmod/*.7 uapi/*.7)
HEADERS :=

objs = $(patsubst %.c,build/obj/%.o,$(1))
asan_objs = $(patsubst %.c,build/asan/%.o,$(1))
pkg_cflags = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs = $(shell pkg-config --libs $(1) 2>/dev/null)

# The kernel's test harness: links to Debian's linux-source in the cache; never copied here.
KSELFTEST_DIR := build/kselftest
# The harness defines functions nobody declares.
KSELFTEST_INC := -isystem $(KSELFTEST_DIR) -Wno-missing-prototypes

.PHONY: all everything help deps modules uml uml-debug uml-bench uml-module user tests demo check check-quick \
	style bench bench-handshake install uninstall clean

all: deps
	+@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) everything

everything: modules user tests

include $(wildcard daemon/engine/engine.mk daemon/daemon.mk daemon/ctl/ctl.mk selftests/*/*.mk)

TESTS += build/bench
build/bench: $(call objs,scripts/bench.d/bench.c)

# libssl is here to be measured, and nowhere else but as a peer in tests.
TESTS += build/bench-handshake
build/bench-handshake: $(call objs,$(wildcard scripts/bench.d/handshake/*.c)) \
	build/lib/libtlsupd.a build/lib/libhs.a
build/bench-handshake: private LDLIBS += $(call pkg_libs,libssl) $(TLSUPD_LIBS)
$(call objs,$(wildcard scripts/bench.d/handshake/*.c)): CPPFLAGS += -D_GNU_SOURCE

user: $(LIBS) $(PROGRAMS)
tests: $(TESTS)

help:
	@sed -n 's/^#> //p' Makefile

#> make                 the module for every installed kernel, tlsupd, tlsup, the test programs
#> make demo            a plain socket becomes TLS, in a virtual machine with a stock kernel
#> make check           every test; closes with "N passed, M failed, K skipped"
#> make check-quick     the tests of every day, under three minutes
#> make style           checkpatch, sparse, clang-format, shellcheck
#> make fuzz            what strangers send, through libFuzzer; FUZZ_SECONDS for each target (60)
#> make bench           the record path against the kernel's own, in one User Mode Linux boot
#> make bench-handshake handshakes against libssl's and against bare libcrypto, CPU time in memory
#> make install         programs, manual pages, systemd unit, the module by DKMS (DESTDIR, PREFIX)
#> make modules         the module alone, for every kernel whose headers are installed
#> make uml             the debug and the bench User Mode Linux kernels (cached outside the tree)
#> make uml-module      the module for the User Mode Linux kernels that are built
#> make user tests      user space alone; its test programs
#> make clean           remove build/ (the kernels' cache stays: see scripts/uml)

deps:
	@scripts/deps --check >/dev/null || { echo "make: packages are missing, running scripts/deps"; scripts/deps; }

modules:
	+@scripts/kbuild stock built-uml

uml: uml-debug uml-bench

uml-debug uml-bench: uml-%:
	@scripts/uml build $* >/dev/null

uml-module:
	+@scripts/kbuild built-uml

$(KSELFTEST_DIR):
	@source=$$(scripts/uml source) && mkdir -p $@ && \
		ln -sfn $$source/tools/testing/selftests/kselftest.h \
			$$source/tools/testing/selftests/kselftest_harness.h $@/

$(LIBS):
	@mkdir -p $(@D)
	@rm -f $@
	@echo "  AR      $@"
	@$(AR) rcs $@ $(filter %.o,$^)

$(PROGRAMS) $(TESTS):
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) $(CFLAGS) $(if $(filter build/asan/%,$@),$(SANITISE)) $(LDFLAGS) -o $@ \
		$(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

define compile
@mkdir -p $(@D)
@echo "  CC      $@"
@$(CC) $(CSTD) $(CFLAGS) $(WARN) $(HARDEN) $(CPPFLAGS) $(DEPFLAGS) -c -o $@ $<
endef

define compile_asan
@mkdir -p $(@D)
@echo "  CC      $@"
@$(CC) $(CSTD) -O1 -g $(WARN) $(SANITISE) $(CPPFLAGS) $(DEPFLAGS) -c -o $@ $<
endef

build/obj/%.o: %.c | $(HEADERS)
	$(compile)

build/asan/%.o: %.c | $(HEADERS)
	$(compile_asan)

# Make prefers the rule with the shorter stem: tests have the kernel's harness at hand.
build/obj/selftests/%.o: selftests/%.c | $(HEADERS) $(KSELFTEST_DIR)
	$(compile)

build/asan/selftests/%.o: selftests/%.c | $(HEADERS) $(KSELFTEST_DIR)
	$(compile_asan)

-include $(shell [ -d build ] && find build/obj build/asan -name '*.d' -type f 2>/dev/null)

demo: all
	@scripts/demo

# The sanitised kernel comes first: the suites' time limits are for running, not for building it.
# A guest has no network: what comes from Debian's archive is there before it boots. Where it can't be had or
# built, engine-bogo says why.
check: all uml-debug
	@selftests/bogo/run --get >/dev/null || :
	@selftests/run

check-quick: all uml-debug
	@selftests/run --quick

style: deps
	@scripts/style

bench: deps
	@scripts/bench

bench-handshake: deps
	@scripts/bench-handshake

install: everything
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install $(VERSION) "$(PROGRAMS)" "$(MAN)"

uninstall:
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install --remove $(VERSION) "$(PROGRAMS)" "$(MAN)"

clean:
	rm -rf build
