# selftests/record: the record path in kTLS mode: streams, tampering, lifetimes, lack of memory.

RECORD := stream tamper life faults
TESTS += $(addprefix build/tests/record/,$(RECORD))
$(foreach name,$(RECORD),$(eval build/tests/record/$(name): \
	$(call objs,selftests/record/$(name).c selftests/record/lib/pair.c)))
build/tests/record/%: private LDLIBS += $(call pkg_libs,libcrypto) -lpthread
build/obj/selftests/record/%.o: CPPFLAGS += -Iselftests/record $(call pkg_cflags,libcrypto) $(KSELFTEST_INC)
build/obj/selftests/record/%.o: | $(KSELFTEST_DIR)
