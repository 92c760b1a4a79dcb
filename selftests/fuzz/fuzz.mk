# selftests/fuzz: libFuzzer targets for what a stranger can send and what a configuration can hold. `make
# fuzz` builds them with clang, gives each FUZZ_SECONDS and fails on a finding; `make fuzz-coverage` says
# which lines the corpora reach. Inputs worth keeping stay in build/fuzz/corpus/TARGET.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := client server extensions tickets certificate verdict config netlink

FUZZ_PAIR := $(addprefix selftests/fuzz/,scene.c steady.c) $(addprefix selftests/engine/,host.c pair.c)
FUZZ_PRODUCT := $(HS_SRCS) $(TLSUPD_SRC)
FUZZ_client := selftests/fuzz/client.c $(FUZZ_PAIR)
FUZZ_server := selftests/fuzz/server.c $(FUZZ_PAIR)
FUZZ_extensions := selftests/fuzz/extensions.c $(FUZZ_PAIR)
FUZZ_tickets := selftests/fuzz/tickets.c
FUZZ_certificate := $(addprefix selftests/fuzz/,certificate.c file.c)
FUZZ_verdict := $(addprefix selftests/fuzz/,verdict.c file.c)
FUZZ_config := $(addprefix selftests/fuzz/,config.c file.c)
FUZZ_netlink := selftests/fuzz/netlink.c
FUZZ_WRAP_config := tlsup_trust_add_system
FUZZ_WRAP_netlink := recvfrom send close genl_ctrl_resolve

FUZZ_CFLAGS := $(CSTD) -g -O1 $(WARN) -Wno-string-plus-int $(CPPFLAGS) -D_GNU_SOURCE \
	$(call pkg_cflags,libnl-genl-3.0 inih libcrypto)
FUZZ_SANITISE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_COVER := -fprofile-instr-generate -fcoverage-mapping

build/fuzz/obj/%.o: %.c | $(HEADERS)
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) $(FUZZ_SANITISE) -MMD -MP -c -o $@ $<

build/fuzz/cover/%.o: %.c | $(HEADERS)
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) $(FUZZ_COVER) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# fuzz_program NAME: with the sanitisers, and for coverage.
define fuzz_program
build/fuzz/bin/$(1): $$(patsubst %.c,build/fuzz/obj/%.o,$$(FUZZ_$(1)) $$(FUZZ_PRODUCT))
	@mkdir -p $$(@D)
	@echo "  FUZZ    $$@"
	@clang -fsanitize=fuzzer,address,undefined $$(FUZZ_WRAP_$(1):%=-Wl,--wrap=%) -o $$@ $$^ $$(TLSUPD_LIBS) $$(ENGINE_LIBS)

build/fuzz/bin/$(1)-cover: $$(patsubst %.c,build/fuzz/cover/%.o,$$(FUZZ_$(1)) $$(FUZZ_PRODUCT))
	@mkdir -p $$(@D)
	@echo "  COVER   $$@"
	@clang -fsanitize=fuzzer $$(FUZZ_COVER) $$(FUZZ_WRAP_$(1):%=-Wl,--wrap=%) -o $$@ $$^ $$(TLSUPD_LIBS) $$(ENGINE_LIBS)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_program,$(t))))

build/fuzz/seeds: $(call objs,selftests/fuzz/handshake_seeds.c $(FUZZ_PAIR)) build/lib/libtlsupd.a build/lib/libhs.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(TLSUPD_LIBS) $(ENGINE_LIBS)
build/obj/selftests/fuzz/%.o: CPPFLAGS += -D_GNU_SOURCE

.PHONY: fuzz fuzz-coverage
fuzz: $(FUZZ_TARGETS:%=build/fuzz/bin/%) build/fuzz/seeds
	selftests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGETS)

fuzz-coverage: $(FUZZ_TARGETS:%=build/fuzz/bin/%-cover) build/fuzz/seeds
	selftests/fuzz/run coverage $(FUZZ_TARGETS)

-include $(shell [ -d build/fuzz ] && find build/fuzz -name '*.d' -type f 2>/dev/null)
