# SPDX-License-Identifier: MIT
# Programs that run on the build machine: unit tests (cmocka) and fuzzers (libFuzzer).
HOST_CFLAGS := -std=gnu17 -O1 -g -I. $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
# Each is one program: tests/host/NAME.c and the sources it tests.
HOST_TESTS := \
	test_acpi \
	test_bringup_commit \
	test_bringup_plan \
	test_bringup_random \
	test_bringup_transition \
	test_bringup_undo \
	test_caps \
	test_dmar \
	test_dmar_rules \
	test_fault_reason \
	test_fields \
	test_mmio_decode \
	test_model_all \
	test_number \
	test_options \
	test_page \
	test_pasid_space \
	test_print \
	test_string \
	test_topology \
	test_vcmd \
	test_vcmd_model \
	test_vcmd_probe
test_acpi_SOURCES    := arch/acpi.c arch/print.c
test_mmio_decode_SOURCES := arch/mmio_decode.c
test_number_SOURCES  := arch/number.c
test_options_SOURCES := arch/number.c arch/options.c arch/print.c
test_page_SOURCES    := arch/page.c
test_print_SOURCES   := arch/print.c
test_string_SOURCES  := arch/string.c
test_string_CFLAGS   := -DSTRING_PREFIX=own_ # beside the library's
test_caps_SOURCES    := iommu/spec/caps.c iommu/spec/caps_rules.c arch/print.c tests/host/support.c
DMAR_SOURCES := iommu/dmar/dmar.c iommu/dmar/dmar_lookup.c iommu/dmar/dmar_rules.c arch/print.c \
	tests/host/dmar/dmar_builder.c tests/host/support.c
test_dmar_SOURCES    := $(DMAR_SOURCES)
test_dmar_rules_SOURCES := $(DMAR_SOURCES)
test_fault_reason_SOURCES := iommu/spec/fault_reason.c
test_fields_SOURCES  := tests/host/support.c
test_pasid_space_SOURCES := iommu/vcmd/pasid_space.c tests/host/vcmd/fake_unit.c tests/host/support.c
VCMD_SOURCES := iommu/vcmd/vcmd.c iommu/vcmd/vcmd_probe.c iommu/vcmd/vcmd_rules.c iommu/vcmd/pasid_space.c \
	iommu/spec/caps.c arch/print.c tests/host/vcmd/fake_unit.c tests/host/support.c
test_vcmd_SOURCES    := $(VCMD_SOURCES) tests/host/vcmd/vcmd_block.c
test_vcmd_probe_SOURCES := $(VCMD_SOURCES) tests/host/vcmd/vcmd_block.c
test_model_all_SOURCES := $(MODEL_SOURCES) tests/model/defects.def \
	tests/host/model/model_fixture.c tests/host/model/model_host.c tests/host/support.c \
	tests/host/model/test_model_caches.c tests/host/model/test_model_config.c \
	tests/host/model/test_model_device_tlb.c tests/host/model/test_model_faults.c \
	tests/host/model/test_model_interrupts.c tests/host/model/test_model_page_requests.c \
	tests/host/model/test_model_pasid_caches.c tests/host/model/test_model_queue.c \
	tests/host/model/test_model_queue_errors.c tests/host/model/test_model_records.c \
	tests/host/model/test_model_registers.c tests/host/model/test_model_translate.c \
	tests/host/model/test_model_vcmd.c
test_vcmd_model_SOURCES := $(VCMD_SOURCES) $(MODEL_SOURCES)
TOPOLOGY_SOURCES := tests/units/topology.c tests/units/topology_table.c arch/number.c tests/units/topology_words.c \
	tests/model/config.c tests/model/defects.c iommu/spec/caps.c iommu/spec/caps_rules.c iommu/dmar/dmar.c \
	iommu/dmar/dmar_lookup.c iommu/dmar/dmar_rules.c arch/print.c tests/host/support.c
test_topology_SOURCES := $(TOPOLOGY_SOURCES)
BRINGUP_SOURCES := tests/host/bringup/bringup_check.c tests/host/bringup/bringup_world.c \
	iommu/bringup/commit.c iommu/bringup/describe.c iommu/bringup/register_pasids.c \
	iommu/bringup/plan.c iommu/bringup/plan_pasids.c \
	iommu/bringup/steps.c iommu/bringup/survey.c iommu/bringup/tables.c iommu/bringup/undo.c \
	iommu/spec/caps.c iommu/spec/caps_rules.c iommu/structures/context.c iommu/structures/entry.c iommu/unit/fault.c \
	iommu/spec/fault_reason.c iommu/unit/invalidate.c iommu/vcmd/pasid_space.c iommu/structures/pasid_table.c \
	iommu/structures/publish.c iommu/unit/queue.c iommu/structures/second_stage.c iommu/unit/trace.c iommu/bringup/transition.c \
	iommu/structures/translation.c iommu/unit/unit.c iommu/vcmd/vcmd.c iommu/vcmd/vcmd_probe.c iommu/vcmd/vcmd_rules.c \
	arch/number.c arch/page.c arch/print.c tests/host/support.c tests/units/topology.c \
	tests/units/topology_words.c \
	$B/host/model.o
BRINGUP_CFLAGS := -include tests/host/bringup/mmio_world.h
test_bringup_commit_SOURCES := $(BRINGUP_SOURCES)
test_bringup_commit_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_plan_SOURCES := $(BRINGUP_SOURCES)
test_bringup_plan_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_random_SOURCES := $(BRINGUP_SOURCES)
test_bringup_random_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_transition_SOURCES := $(BRINGUP_SOURCES)
test_bringup_transition_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_undo_SOURCES := $(BRINGUP_SOURCES)
test_bringup_undo_CFLAGS := $(BRINGUP_CFLAGS)
# Each is one libFuzzer program, made with clang: tests/host/NAME.c and the sources it tests.
FUZZERS := \
	fuzz_dmar \
	fuzz_options \
	fuzz_print \
	fuzz_topology
fuzz_dmar_SOURCES    := $(DMAR_SOURCES)
fuzz_options_SOURCES := arch/number.c arch/options.c arch/print.c tests/host/support.c
fuzz_options_FLAGS   := -dict=tests/host/fuzz/options.dict
fuzz_print_SOURCES   := arch/print.c tests/host/support.c
fuzz_topology_SOURCES := $(TOPOLOGY_SOURCES)
fuzz_topology_FLAGS  := -dict=tests/host/fuzz/topology.dict
FUZZ_RUNS := 100000

host-programs: $(HOST_TESTS:%=$B/host/%)
	@echo $^
host: $(HOST_TESTS:%=$B/host/%)
	@for test in $^; do ./$$test || exit 1; done
.SECONDEXPANSION:
$(HOST_TESTS:%=$B/host/%): $B/host/%: $$(wildcard tests/host/*/$$*.c) $$($$*_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	$(CC) $(HOST_CFLAGS) $($*_CFLAGS) -o $@ $(filter %.c %.o,$^) -lcmocka
# As tests/model.o, for tests that have the driver in them, too.
$B/host/model.o: $(MODEL_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	mkdir -p $B/host/model
	cd $B/host/model && $(CC) $(HOST_CFLAGS) -I$(CURDIR) -c $(abspath $(filter %.c,$^))
	ld -r -o $@ $(patsubst %.c,$B/host/model/%.o,$(notdir $(filter %.c,$^)))
	objcopy --wildcard --keep-global-symbol='model_*' $@

fuzz: $(FUZZERS:%=$B/host/%)
	@$(foreach f,$(FUZZERS),echo "$f: $(FUZZ_RUNS) runs"; \
		$B/host/$f -runs=$(FUZZ_RUNS) -seed=1 -max_len=2200 -verbosity=0 $($f_FLAGS) \
			-artifact_prefix=$B/ > $B/$f.log 2>&1 || { tail -n 40 $B/$f.log; exit 1; };)
$(FUZZERS:%=$B/host/%): $B/host/%: $$(wildcard tests/host/*/$$*.c) $$($$*_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	clang $(HOST_CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.c,$^)

# The model's own tests, with and without its defects, counted by gcov.
coverage: $(MODEL_SOURCES) $(filter %.c,$(test_model_all_SOURCES)) $(HEADERS)
	rm -rf $B/coverage
	mkdir -p $B/coverage
	gcc -std=gnu17 -O0 -g -I. --coverage -dumpbase '' -dumpdir $B/coverage/ \
		-o $B/coverage/test tests/host/model/test_model_all.c \
		$(filter %.c,$(test_model_all_SOURCES)) -lcmocka
	tests/host/coverage.sh $B/coverage $(MODEL_SOURCES)
