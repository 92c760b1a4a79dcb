# selftests/daemon: the parts of tlsupd, without a kernel; each also under the sanitisers.

DAEMON_TESTS := caches cause certificates config config_errors config_files credential loop memory profiles \
	sessions tickets
# The verdict on chains.
DAEMON_VERDICT_TESTS := x509 names revocation ocsp
DAEMON_TESTS += $(DAEMON_VERDICT_TESTS)
# Two connections in memory.
DAEMON_PAIR_TESTS := connection refusals failures resumption forgetting later
DAEMON_TESTS += $(DAEMON_PAIR_TESTS)
DAEMON_TEST_LIB := selftests/daemon/world.c selftests/engine/tap.c

TESTS += $(DAEMON_TESTS:%=build/tests/daemon/%) $(DAEMON_TESTS:%=build/asan/tests/daemon/%)

define daemon_test
build/tests/daemon/$(1): $(call objs,selftests/daemon/$(1).c $(DAEMON_TEST_LIB)) \
	build/lib/libtlsupd.a build/lib/libhs.a
build/asan/tests/daemon/$(1): $(call asan_objs,selftests/daemon/$(1).c $(DAEMON_TEST_LIB)) \
	build/asan/lib/libtlsupd.a build/asan/lib/libhs.a
build/tests/daemon/$(1) build/asan/tests/daemon/$(1): private LDLIBS += $$(TLSUPD_LIBS)
endef
$(foreach test,$(DAEMON_TESTS),$(eval $(call daemon_test,$(test))))

build/obj/selftests/daemon/%.o build/asan/selftests/daemon/%.o: CPPFLAGS += -D_GNU_SOURCE

DAEMON_PAIR := $(addprefix selftests/daemon/,channel.c daemons.c pair.c)
$(DAEMON_PAIR_TESTS:%=build/tests/daemon/%): $(call objs,$(DAEMON_PAIR))
$(DAEMON_PAIR_TESTS:%=build/asan/tests/daemon/%): $(call asan_objs,$(DAEMON_PAIR))

$(DAEMON_VERDICT_TESTS:%=build/tests/daemon/%): $(call objs,selftests/daemon/verdict.c)
$(DAEMON_VERDICT_TESTS:%=build/asan/tests/daemon/%): $(call asan_objs,selftests/daemon/verdict.c)

# Each allocation is counted.
build/tests/daemon/memory: $(call objs,selftests/engine/heap.c)
build/asan/tests/daemon/memory: $(call asan_objs,selftests/engine/heap.c)
build/tests/daemon/memory build/asan/tests/daemon/memory: private LDFLAGS += \
	$(patsubst %,-Wl$(,)--wrap=%,malloc calloc realloc free)
