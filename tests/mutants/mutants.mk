# SPDX-License-Identifier: MIT
# Mutants of the model: its sources with switches, and a program that tries the kernel's tests on them.
LLVM := $(lastword $(sort $(wildcard /usr/lib/llvm-*/include/clang-c/Index.h)))
LLVM := $(LLVM:%/include/clang-c/Index.h=%)
# What the unit does: not how it is described (config.c), nor the defects it can be given, nor how it lies and what it says of
# software.
MUTATED_SOURCES := $(filter-out %/complaints.c %/config.c %/defects.c %/lies.c,$(MODEL_SOURCES))
MUTATED := $(MUTATED_SOURCES:%.c=$B/mutants/%.o)

.PHONY: mutants
mutants: $B/mutants/try

$B/mutants/mutate: $(addprefix tests/mutants/,mutate.c rules.c rules.h sites.c sites.h source.c source.h)
	@mkdir -p $(@D)
	gcc -std=gnu17 -O1 -I. -I$(LLVM)/include $(filter-out -Wundef,$(WARNINGS)) -o $@ $(filter %.c,$^) \
		-L$(LLVM)/lib -Wl,-rpath,$(LLVM)/lib -lclang

$B/mutants/list: $B/mutants/mutate $(MUTATED_SOURCES) $(HEADERS) $(filter %.def,$(FILES))
	@mkdir -p $B/mutants/tests/model; echo '  MUTANTS'
	$B/mutants/mutate $B/mutants $(MUTATED_SOURCES) -- -std=gnu17 -I. -ffreestanding

# Switches make some comparisons constant and some variables unused: no warning is of interest here.
$(MUTATED): $B/mutants/%.o: $B/mutants/list $B/flags
	@echo '  CC   $*.c, mutated'
	gcc $(KERNEL_CFLAGS) -w -O2 -c -o $@ $B/mutants/$*.c
$B/mutants/model.o: $(MUTATED) $(call object,$(filter-out $(MUTATED_SOURCES),$(MODEL_SOURCES)))
	ld -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='model_*' $@

$B/mutants/try: $B/host/process/tests/mutants/try.o $(PROCESS_OBJS) $B/mutants/model.o
	@echo '  LD   $@'
	$(PROCESS_LINK) -o $@ $^
