# SPDX-License-Identifier: MIT
# Mutants of the model: its sources with switches, the kernel's image with them, and the model's own tests.
LLVM := $(lastword $(sort $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h)))
LLVM := $(LLVM:%/include/clang-c/Index.h=%)
# What the unit does: not how it is described (config.c), nor the defects it can be given.
MUTATED_SOURCES := $(filter-out %/config.c %/defects.c,$(MODEL_SOURCES))
MUTATED := $(MUTATED_SOURCES:%=$B/mutants/%)

.PHONY: mutants
mutants: $B/mutants/vtdcheck.elf $B/mutants/test_model

$B/mutants/mutate: $(wildcard tests/mutants/*.[ch])
	@mkdir -p $(@D)
	gcc -std=gnu17 -O1 -I. -I$(LLVM)/include $(filter-out -Wundef,$(WARNINGS)) -o $@ $(filter %.c,$^) \
		-L$(LLVM)/lib -Wl,-rpath,$(LLVM)/lib -lclang

$B/mutants/list: $B/mutants/mutate $(MUTATED_SOURCES) $(HEADERS) $(filter %.def,$(FILES))
	@mkdir -p $B/mutants/tests/model; echo '  MUTANTS'
	$B/mutants/mutate $B/mutants $(MUTATED_SOURCES) -- -std=gnu17 -I. -ffreestanding

# Switches make some comparisons constant and some variables unused: no warning is of interest here.
$B/mutants/%.kernel.o: $B/mutants/list $B/flags
	@echo '  CC   $(@:$B/mutants/%.kernel.o=%.c), mutated'
	gcc $(KERNEL_CFLAGS) -w -O1 -DMUTANTS=$$(wc -l <$<) -c -o $@ $(@:%.kernel.o=%.c)
$B/mutants/%.host.o: $B/mutants/list
	@echo '  HOST $(@:$B/mutants/%.host.o=%.c), mutated'
	gcc -std=gnu17 -O1 -I. -w -DMUTANTS=$$(wc -l <$<) -c -o $@ $(@:%.host.o=%.c)

# These two are as they are, but for the number of mutants.
OTHER_MODEL := $(filter-out $(MUTATED_SOURCES),$(MODEL_SOURCES))
$(OTHER_MODEL:%.c=$B/mutants/plain/%.kernel.o): $B/mutants/plain/%.kernel.o: %.c $B/mutants/list $B/flags
	@mkdir -p $(@D)
	gcc $(KERNEL_CFLAGS) -DMUTANTS=$$(wc -l <$B/mutants/list) -c -o $@ $<
$(OTHER_MODEL:%.c=$B/mutants/plain/%.host.o): $B/mutants/plain/%.host.o: %.c $B/mutants/list
	@mkdir -p $(@D)
	gcc -std=gnu17 -O1 -I. -DMUTANTS=$$(wc -l <$B/mutants/list) -c -o $@ $<

$B/mutants/model.o: $(MUTATED:%.c=%.kernel.o) $(OTHER_MODEL:%.c=$B/mutants/plain/%.kernel.o)
	ld -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='model_*' $@

$B/mutants/vtdcheck.elf: $(filter-out $B/tests/model.o,$(COMMON)) $(call object,$(ELF_OBJS)) $B/mutants/model.o linker.ld
	@echo '  LD   $@'
	ld -nostdlib -static -no-pie -z max-page-size=4096 -z noexecstack --build-id=none \
		-T linker.ld -o $@ $(filter %.o,$^)

$B/mutants/test_model: $(MUTATED:%.c=%.host.o) $(OTHER_MODEL:%.c=$B/mutants/plain/%.host.o) $(patsubst %.c,$B/host/plain/%.o,$(filter %.c,$(filter-out \
		$(MODEL_SOURCES),$(call sources_of,test_model_all))))
	gcc $(HOST_CFLAGS) -o $@ $^ -lcmocka
