# selftests/ctl: the command line tool without a kernel.

CTL_TESTS := format relay
TESTS += $(addprefix build/tests/ctl/,$(CTL_TESTS)) $(addprefix build/asan/tests/ctl/,$(CTL_TESTS))
$(foreach name,$(CTL_TESTS),$(eval build/tests/ctl/$(name): \
	$(call objs,selftests/ctl/$(name).c $(CTL_SRC))))
$(foreach name,$(CTL_TESTS),$(eval build/asan/tests/ctl/$(name): \
	$(call asan_objs,selftests/ctl/$(name).c $(CTL_SRC))))
$(foreach dir,build build/asan,$(foreach name,$(CTL_TESTS),$(eval \
	$(dir)/tests/ctl/$(name): private LDLIBS += $(call pkg_libs,libnl-genl-3.0 jansson))))
build/obj/selftests/ctl/%.o build/asan/selftests/ctl/%.o: \
	CPPFLAGS += -D_GNU_SOURCE $(call pkg_cflags,libnl-genl-3.0 jansson)
