# SPDX-License-Identifier: MIT
# Programs that run on the build machine: unit tests (cmocka) and fuzzers (libFuzzer). A source is
# compiled once for each way of compiling it, whatever number of programs it is in.
HOST_CFLAGS := -std=gnu17 -O1 -g -I. $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined

# Ways of compiling: as it is; beside the C library's functions of the same names; with registers that
# a test serves; for libFuzzer, which is clang's; for a program of use, without what finds mistakes.
HOST_WAYS := plain own world fuzz server
own_FLAGS   := -DSTRING_PREFIX=own_
world_FLAGS := -include tests/host/bringup/mmio_world.h
fuzz_FLAGS  := -fsanitize=fuzzer-no-link
fuzz_CC     := clang
server_FLAGS := -O2 -fno-sanitize=all

# What several programs are made of.
CAPS    := iommu/spec/caps.c iommu/spec/caps_rules.c
SUPPORT := tests/host/support.c arch/print.c
DMAR    := $(filter iommu/dmar/%,$(IOMMU_OBJS)) arch/address_map.c tests/host/dmar/dmar_builder.c $(SUPPORT)
VCMD    := $(filter iommu/vcmd/%,$(IOMMU_OBJS)) iommu/spec/caps.c tests/host/vcmd/fake_unit.c $(SUPPORT)
BLOCK   := $(VCMD) tests/host/vcmd/vcmd_block.c
WORDS   := $(filter tests/units/topology%,$(TEST_OBJS)) arch/number.c
TOPOLOGY := $(WORDS) tests/model/config.c tests/model/defects.c $(CAPS) \
	$(filter iommu/dmar/%,$(IOMMU_OBJS)) arch/address_map.c $(SUPPORT)
# Units outside the guest.
SERVER := $(filter-out %/main.c,$(wildcard tests/server/*.c)) $(TOPOLOGY) \
	$(filter-out tests/model/config.c tests/model/defects.c,$(MODEL_SOURCES))
KNOWN   := $(filter-out %/qemu.c,$(filter tests/engine/known/%,$(TEST_OBJS))) arch/number.c arch/text.c \
	iommu/spec/caps.c $(SUPPORT)
BRINGUP := $(filter-out iommu/dmar/%,$(IOMMU_OBJS)) arch/page.c \
	$(filter-out tests/units/topology_table.c,$(WORDS)) $(SUPPORT) \
	tests/host/bringup/bringup_check.c tests/host/bringup/bringup_world.c $B/host/model.o

# One program a line: the source named like it stands in a folder of tests/host.
test_acpi_OF         := arch/acpi.c arch/acpi_root.c arch/print.c
test_ahci_OF         := tests/host/scenes/served_pci.c tests/scenes/agents/ahci.c tests/scenes/agents/ahci_port.c \
	arch/print.c
test_bringup_answers_OF := $(BRINGUP)
test_bringup_boards_OF := $(BRINGUP) tests/host/bringup/board_list.c
test_bringup_commit_OF := $(BRINGUP)
test_bringup_plan_OF := $(BRINGUP)
test_bringup_random_OF := $(BRINGUP)
test_bringup_stages_OF := $(BRINGUP)
test_bringup_transition_OF := $(BRINGUP)
test_bringup_undo_OF := $(BRINGUP)
test_caps_OF         := $(CAPS) $(SUPPORT)
test_caps_rules_OF   := $(CAPS) $(SUPPORT)
test_console_OF      := arch/console.c arch/print.c arch/serial.c
test_dmar_OF         := $(DMAR)
test_dmar_bases_OF   := $(DMAR)
test_dmar_rules_OF   := $(DMAR)
test_fault_reason_OF := iommu/spec/fault_reason.c
test_fields_OF       := $(SUPPORT)
test_firmware_OF     := tests/engine/firmware.c arch/print.c
test_known_OF        := $(KNOWN)
test_known_qemu_OF   := $(KNOWN) tests/engine/known/qemu.c
test_mmio_decode_OF  := arch/mmio_decode.c
test_model_all_OF    := $(MODEL_SOURCES) $(CAPS) $(SUPPORT) \
	$(filter-out %/test_model_all.c,$(wildcard tests/host/model/*.c))
test_number_OF       := arch/number.c
test_nvme_OF         := tests/host/scenes/served_pci.c tests/scenes/agents/nvme.c arch/print.c
test_options_OF      := arch/number.c arch/options.c arch/print.c
test_page_OF         := arch/page.c
test_page_request_OF := iommu/unit/device_tlb.c iommu/unit/page_request.c arch/page.c $(CAPS) $(SUPPORT)
test_paging_OF       := $(filter %/entry.c %/paging.c %/pasid_table.c %/table_page.c,$(IOMMU_OBJS)) \
	arch/page.c $(SUPPORT)
test_pasid_space_OF  := iommu/vcmd/pasid_space.c tests/host/vcmd/fake_unit.c $(SUPPORT)
test_pins_OF         := arch/hpet.c arch/io_apic.c arch/madt.c
test_print_OF        := arch/print.c
test_processor_OF    := arch/madt.c arch/processor.c $(SUPPORT)
test_publish_OF      := $(filter-out %/interrupt_table.c %/translation.c,$(filter iommu/structures/%,$(IOMMU_OBJS))) \
	iommu/unit/device_tlb.c $(CAPS) arch/page.c $(SUPPORT)
test_screen_OF       := $(filter-out %/farewell.c,$(filter tests/engine/screen/%,$(TEST_OBJS))) \
	arch/font.c arch/framebuffer.c arch/log.c arch/print.c arch/screen.c arch/text.c
test_server_OF       := $(SERVER)
test_string_OF       := arch/string.c
test_table_page_OF   := $(filter %/context.c %/entry.c %/pasid_table.c %/paging.c %/table_page.c, \
	$(IOMMU_OBJS)) arch/page.c $(SUPPORT)
test_topology_OF     := $(TOPOLOGY)
test_vcmd_OF         := $(BLOCK)
test_vcmd_model_OF   := $(VCMD) iommu/spec/caps_rules.c $(MODEL_SOURCES)
test_vcmd_probe_OF   := $(BLOCK)
test_xhci_OF         := $(addprefix tests/host/scenes/,served_pci.c served_xhci.c) tests/scenes/agents/xhci.c \
	tests/scenes/agents/xhci_controller.c arch/print.c
fuzz_dmar_OF         := $(DMAR)
fuzz_options_OF      := arch/number.c arch/options.c $(SUPPORT)
fuzz_print_OF        := $(SUPPORT)
fuzz_server_OF       := $(SERVER)
fuzz_topology_OF     := $(TOPOLOGY)

fuzz_options_ARGUMENTS  := -dict=tests/host/fuzz/options.dict
fuzz_topology_ARGUMENTS := -dict=tests/host/fuzz/topology.dict
fuzz_server_ARGUMENTS   := -len_control=0
FUZZ_RUNS := 100000
# Sockets and system calls are slower than the rest.
runs_of = $(if $(filter fuzz_server,$1),$(shell expr $(FUZZ_RUNS) / 10),$(FUZZ_RUNS))

HOST_TESTS := $(patsubst %_OF,%,$(filter test_%_OF,$(.VARIABLES)))
FUZZERS    := $(patsubst %_OF,%,$(filter fuzz_%_OF,$(.VARIABLES)))
way_of = $(if $(filter fuzz_%,$1),fuzz,$(if $(filter test_string,$1),own,$(if \
	$(filter test_ahci test_bringup_% test_console test_pins test_xhci,$1),world,plain)))
sources_of = $(wildcard tests/host/*/$1.c) $($1_OF)
objects_of = $(filter %.o,$($1_OF)) \
	$(patsubst %.c,$B/host/$(way_of)/%.o,$(filter %.c,$(sources_of)))

host-programs: $(HOST_TESTS:%=$B/host/%)
	@echo $(sort $^)
host: $(HOST_TESTS:%=$B/host/%)
	@for test in $(sort $^); do ./$$test || exit 1; done

text-of-host/flags := $(strip $(CC) $(HOST_CFLAGS) $(foreach w,$(HOST_WAYS),$($w_FLAGS)))
$(eval $(call text-file,host/flags))
define compile_in_way
$B/host/$1/%.o: %.c $B/host/flags
	@mkdir -p $$(@D); echo '  HOST $$@'
	$(or $($1_CC),$$(CC)) $$(HOST_CFLAGS) $($1_FLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach w,$(HOST_WAYS),$(eval $(call compile_in_way,$w)))

.SECONDEXPANSION:
$(HOST_TESTS:%=$B/host/%): $B/host/%: $$(call objects_of,$$*)
	$(CC) $(HOST_CFLAGS) -o $@ $^ -lcmocka
$(FUZZERS:%=$B/host/%): $B/host/%: $$(call objects_of,$$*)
	clang $(HOST_CFLAGS) -fsanitize=fuzzer -o $@ $^
# The kernel as a process: its objects, but for what is this machine's; the driver's registers are served by a call.
PROCESS_HOST := $(filter-out %/kernel.c,$(wildcard tests/host/process/*.c))
PROCESS_ARCH := $(addprefix arch/,acpi.c acpi_root.c address_map.c font.c framebuffer.c hpet.c io_apic.c log.c machine_map.c madt.c mmio_decode.c mmio_hole.c number.c \
	options.c page.c panic.c pci.c pci_function.c pci_requester.c print.c screen.c text.c version.c)
PROCESS_OBJS := $(PROCESS_HOST:%.c=$B/host/process/%.o) $B/host/process/iommu/unit/unit.o \
	$(call object,$(PROCESS_ARCH) $(filter-out iommu/unit/unit.c,$(IOMMU_OBJS)) $(TEST_OBJS))
# The image begins where the kernel's does.
PROCESS_LINK := $(CC) -no-pie -Wl,-Ttext-segment=0x100000 -Wl,--wrap=mmio_hole_open
$B/host/process/%.o: %.c $B/host/flags
	@mkdir -p $(@D); echo '  HOST $@'
	$(CC) -std=gnu17 -O2 -g -fno-pie -I. $(WARNINGS) \
		$(if $(filter iommu/%,$*),$(world_FLAGS)) -MMD -MP -c -o $@ $<

$B/host/process/kernel: $B/host/process/tests/host/process/kernel.o $(PROCESS_OBJS) $B/tests/model.o
	@echo '  LD   $@'
	$(PROCESS_LINK) -o $@ $^

# As tests/model.o, for tests that have the driver in them, too.
$B/host/model.o: $(MODEL_SOURCES:%.c=$B/host/plain/%.o)
	ld -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='model_*' $@

# Units outside the guest.
SERVER := $(filter-out %/main.c,$(wildcard tests/server/*.c)) $(TOPOLOGY) \
	$(filter-out tests/model/config.c tests/model/defects.c,$(MODEL_SOURCES))
$B/unit-server: $(patsubst %.c,$B/host/server/%.o,tests/server/main.c $(SERVER))
	@echo '  LD   $@'
	$(CC) -o $@ $^

# For somebody else's guest, which has no library.
$B/guest/transfer: tests/guest/transfer.c $B/host/flags
	@mkdir -p $(@D); echo '  HOST $@'
	$(CC) -std=gnu17 -O2 -g -I. $(WARNINGS) -static -MMD -MP -o $@ $<

fuzz: $(FUZZERS:%=$B/host/%)
	@$(foreach f,$(FUZZERS),echo "$f: $(call runs_of,$f) runs"; \
		$B/host/$f -runs=$(call runs_of,$f) -seed=1 -max_len=2200 -verbosity=0 $($f_ARGUMENTS) \
			-artifact_prefix=$B/ > $B/$f.log 2>&1 || { tail -n 40 $B/$f.log; exit 1; };)

# The model's own tests, with and without its defects, counted by gcov.
coverage: $(call sources_of,test_model_all) $(HEADERS)
	rm -rf $B/coverage
	mkdir -p $B/coverage
	gcc -std=gnu17 -O0 -g -I. --coverage -dumpbase '' -dumpdir $B/coverage/ \
		-o $B/coverage/test $(call sources_of,test_model_all) -lcmocka
	tests/host/coverage.sh $B/coverage $(MODEL_SOURCES)

-include $(foreach p,$(HOST_TESTS) $(FUZZERS),$(patsubst %.o,%.d,$(filter $B/host/%.o,$(call objects_of,$p))))
-include $(patsubst %.o,%.d,$(filter $B/host/process/%,$(PROCESS_OBJS)) \
	$B/host/process/tests/mutants/try.o $B/host/process/tests/host/process/kernel.o)
-include $B/guest/transfer.d
-include $(patsubst %.c,$B/host/server/%.d,tests/server/main.c $(SERVER))
