# SPDX-License-Identifier: Apache-2.0
# out/tests/model: the proof by enumeration. The shared sources once more, without sanitizers: it makes millions of decisions.
MODEL_CFLAGS = $(BASE) -O3 $(if $(IS_CLANG),,-flto=auto) -D_GNU_SOURCE
MODEL_OBJS   = $(call objects,model,shared/*.c tests/model/*.c)

.PHONY: model
model: $(OUT)/tests/model       ## out/tests/model: every input of the decision, every life of small machines

$(OUT)/obj/model/%.o: %.c $(OUT)/gen/host-flags $(OUT)/gen/build.h
	@mkdir -p $(@D)
	$(call say,CC,$< (model))$(HOST_CC) $(MODEL_CFLAGS) -c -o $@ $<
$(OUT)/tests/model: $(MODEL_OBJS) $(OUT)/gen/files
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) $(MODEL_CFLAGS) -o $@ $(filter %.o,$^)
