# selftests/handoff: kernel and agent, with a fake agent; one program a topic.

HANDOFF := connect accept options channel agents post post12 limits exporter early auth resumption family storm faults
TESTS += $(addprefix build/tests/handoff/,$(HANDOFF))
HANDOFF_LIB := $(addprefix selftests/handoff/lib/,agent.c channel.c app.c peer.c peer12.c)
$(foreach name,$(HANDOFF),$(eval build/tests/handoff/$(name): \
	$(call objs,selftests/handoff/$(name).c $(HANDOFF_LIB))))
build/tests/handoff/%: private LDLIBS += $(call pkg_libs,libnl-genl-3.0 libcrypto) -lpthread
build/obj/selftests/handoff/%.o: CPPFLAGS += $(call pkg_cflags,libnl-genl-3.0) $(KSELFTEST_INC)
build/obj/selftests/handoff/%.o: | $(KSELFTEST_DIR)
