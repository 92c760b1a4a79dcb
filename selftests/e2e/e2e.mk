# selftests/e2e: small programs over the socket API, for the shell tests beside them.

E2E := held polled inherit spliced shared storm halfclose acceptor
TESTS += $(addprefix build/tests/e2e/,$(E2E))
$(foreach name,$(E2E),$(eval build/tests/e2e/$(name): $(call objs,selftests/e2e/$(name).c selftests/e2e/upgraded.c)))
build/obj/selftests/e2e/%.o: CPPFLAGS += -D_GNU_SOURCE
