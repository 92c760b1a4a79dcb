# selftests/engine: the handshake engine in memory and over sockets, host native.
ENGINE_CRYPTO := daemon/crypto_openssl.c
ENGINE_LIB := selftests/engine/host.c $(ENGINE_CRYPTO)
ENGINE_LIBS := $(call pkg_libs,libcrypto) -lpthread

TESTS += build/hs-peer
build/hs-peer: $(call objs,$(ENGINE_LIB) $(addprefix selftests/engine/,hs_peer.c peer.c record13.c)) build/lib/libhs.a
build/hs-peer: private LDLIBS += $(ENGINE_LIBS)
