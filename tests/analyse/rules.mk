# SPDX-License-Identifier: Apache-2.0
# What valgrind runs: tests without sanitizers, linked with the objects of the tool itself. See tests/analyse/run.
VALGRIND_TESTS = $(addprefix $(OUT)/tests/plain/,test_text test_conf test_config test_image test_report test_world)
PLAIN_HELP     = $(patsubst $(OUT)/obj/host/%,$(OUT)/obj/plain/%,$(HOST_HELP))

.PHONY: plain-tests
plain-tests: $(VALGRIND_TESTS)

$(OUT)/obj/plain/%.o: %.c $(OUT)/gen/host-flags $(OUT)/gen/build.h | have-tool
	@mkdir -p $(@D)
	$(call say,CC,$< (plain))$(HOST_CC) $(subst $(SANITIZE),,$(HOST_CFLAGS)) -c -o $@ $<
$(OUT)/obj/plain/tool.a: $(TOOL_OBJS) $(OUT)/gen/files
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcsD $@ $(filter-out %/main.o,$(filter %.o,$^))
$(OUT)/tests/plain/%: $(OUT)/obj/plain/tests/host/%.o $(PLAIN_HELP) $(OUT)/obj/plain/tool.a | have-cmocka
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) -o $@ $^ -lcmocka $(TOOL_LIBS)
