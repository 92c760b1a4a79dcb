# selftests/engine: the handshake engine in memory and over sockets, host native. Each test of memory
# is built twice, the second time with the address and undefined-behaviour sanitisers.
, := ,
ENGINE_CRYPTO := daemon/crypto_openssl.c daemon/crypto_cert.c daemon/crypto_hash.c daemon/crypto_kx.c \
	daemon/crypto_hybrid.c
ENGINE_LIB := $(addprefix selftests/engine/,host.c pair.c tap.c vectors.c fixed.c graph.c edit.c) $(ENGINE_CRYPTO)
ENGINE_LIBS := $(call pkg_libs,libcrypto jansson) -lpthread
ENGINE_TESTS := layer pairs pairs12 resume12 terms12 ending12 renegotiate12 rfc8448 schedule13 statewalk statewalk12 schedule12 negative12 extensions12 mapping12 tampering12 negative_server negative_client records tampering tickets faults ecdh exchange

define engine_test
TESTS += build/tests/engine/$(1) build/asan/tests/engine/$(1)
build/tests/engine/$(1): $$(call objs,selftests/engine/$(1).c $$(ENGINE_LIB)) build/lib/libhs.a
build/tests/engine/$(1): private LDLIBS += $$(ENGINE_LIBS)
build/asan/tests/engine/$(1): $$(call asan_objs,selftests/engine/$(1).c $$(ENGINE_LIB)) build/asan/lib/libhs.a
build/asan/tests/engine/$(1): private LDLIBS += $$(ENGINE_LIBS)
endef
ENGINE_TESTS += external imported resume13 early early_end
ENGINE_TESTS += extensions compress memory
ENGINE_TESTS += post
ENGINE_LIB += daemon/compress.c
ENGINE_LIBS += $(call pkg_libs,zlib libbrotlienc libbrotlidec libzstd)
ENGINE_TESTS += grease wire strict12 cbc
$(foreach t,$(ENGINE_TESTS),$(eval $(call engine_test,$(t))))

SESSION12_TESTS := resume12 terms12 ending12
$(SESSION12_TESTS:%=build/tests/engine/%): $(call objs,selftests/engine/session12.c)
$(SESSION12_TESTS:%=build/asan/tests/engine/%): $(call asan_objs,selftests/engine/session12.c)

build/tests/engine/early build/tests/engine/early_end: $(call objs,selftests/engine/early_pair.c)
build/asan/tests/engine/early build/asan/tests/engine/early_end: $(call asan_objs,selftests/engine/early_pair.c)

build/tests/engine/ecdh build/tests/engine/exchange: $(call objs,selftests/engine/shares.c)
build/asan/tests/engine/ecdh build/asan/tests/engine/exchange: $(call asan_objs,selftests/engine/shares.c)

RECORD_LAYER := $(addprefix selftests/engine/,record.c record_cbc.c)
build/tests/engine/layer build/tests/engine/cbc: $(call objs,$(RECORD_LAYER))
build/asan/tests/engine/layer build/asan/tests/engine/cbc: $(call asan_objs,$(RECORD_LAYER))

# It also runs under valgrind, which is told what is secret and what not any more.
build/tests/engine/cbc build/asan/tests/engine/cbc: private LDFLAGS += $(patsubst \
	%,-Wl$(,)--wrap=%,record_cbc_check record_cbc_unpad hs_secret_equal)

# The engine's allocations can be made to fail.
build/tests/engine/faults build/asan/tests/engine/faults: private LDFLAGS += \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc

# Each allocation is counted, and the engine's calls say for whom.
ENGINE_TESTS_WRAP := malloc calloc realloc free hs_new hs_set_session hs_start hs_record hs_next hs_free
build/tests/engine/memory: $(call objs,selftests/engine/heap.c)
build/asan/tests/engine/memory: $(call asan_objs,selftests/engine/heap.c)
build/tests/engine/memory build/asan/tests/engine/memory: private LDFLAGS += \
	$(ENGINE_TESTS_WRAP:%=-Wl,--wrap=%)

# For valgrind, which is told what is secret.
TESTS += build/tests/engine/secrets
build/tests/engine/secrets: $(call objs,selftests/engine/secrets.c $(ENGINE_LIB) daemon/tickets.c daemon/crypto_seal.c) \
	build/lib/libhs.a
build/tests/engine/secrets: private LDLIBS += $(ENGINE_LIBS)
build/tests/engine/secrets: private LDFLAGS += $(patsubst %,-Wl$(,)--wrap=%,hs_secret_equal hs_keys_shared \
	hs_next tlsup_random tlsup_unseal)

TESTS += build/hs-graph
build/hs-graph: $(call objs,$(addprefix selftests/engine/,hs_graph.c graph.c)) build/lib/libhs.a

# hs-peer: the engine over plain TCP, with the daemon's own certificates and trust; also sanitised.
HS_PEER := $(wildcard selftests/engine/hs_peer*.c) $(RECORD_LAYER) selftests/engine/peer.c
TESTS += build/hs-peer build/asan/hs-peer
build/hs-peer: $(call objs,$(HS_PEER)) build/lib/libtlsupd.a build/lib/libhs.a
build/asan/hs-peer: $(call asan_objs,$(HS_PEER)) build/asan/lib/libtlsupd.a build/asan/lib/libhs.a
build/hs-peer build/asan/hs-peer: private LDLIBS += $(ENGINE_LIBS)

# bogo-shim: the engine as BoringSSL's test runner drives it.
BOGO_SHIM := $(wildcard selftests/bogo/shim*.c) $(RECORD_LAYER) $(addprefix selftests/engine/,peer.c host.c) $(ENGINE_CRYPTO)
TESTS += build/bogo-shim build/asan/bogo-shim
build/bogo-shim: $(call objs,$(BOGO_SHIM)) build/lib/libhs.a
build/asan/bogo-shim: $(call asan_objs,$(BOGO_SHIM)) build/asan/lib/libhs.a
# ... and a socket of the kernel's.
TESTS += build/bogo-kernel-shim
build/bogo-kernel-shim: $(call objs,$(addprefix selftests/bogo/,kernel.c shim_dial.c shim_flags.c))
build/bogo-kernel-shim: private LDLIBS += $(call pkg_libs,libcrypto)
build/bogo-shim build/asan/bogo-shim: private LDLIBS += $(ENGINE_LIBS)
$(foreach d,engine bogo,build/obj/selftests/$(d)/%.o build/asan/selftests/$(d)/%.o): CPPFLAGS += -D_GNU_SOURCE
