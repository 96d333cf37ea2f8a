# SPDX-License-Identifier: MIT
# make            everything below build/, and the checks of the source
# make CC=clang   the same with clang
# make V=1        shows the commands
# make host       unit tests on the build machine
# make fuzz       bounded fuzzing there (FUZZ_RUNS=1000000 for longer)
# make build/vtdcheck.iso CMDLINE='tests=sm.*'   bakes words into the image (also vtdcheck.img)

VERSION := 0.1
CC      := gcc
B       := build
CMDLINE :=
TIMEOUT := $(if $(CMDLINE),0,5)

# One name per line, sorted. Boot routes differ: entry.asm cannot be moved, so EFI has its own.
ELF_OBJS := \
	boot/entry.asm \
	boot/multiboot2.c \
	boot/pvh.c
EFI_OBJS := \
	boot/efi_main.c
BOOT_OBJS := \
	boot/boot.c
ARCH_OBJS := \
	arch/acpi.c \
	arch/acpi_power.c \
	arch/apic.c \
	arch/console.c \
	arch/cpu.c \
	arch/exit.c \
	arch/font.c \
	arch/framebuffer.c \
	arch/machine.c \
	arch/mmio_decode.c \
	arch/mmio_hole.c \
	arch/options.c \
	arch/page.c \
	arch/paging.c \
	arch/panic.c \
	arch/pci.c \
	arch/pci_config.c \
	arch/pci_requester.c \
	arch/print.c \
	arch/serial.c \
	arch/string.c \
	arch/time.c \
	arch/trap.c \
	arch/vectors.asm \
	arch/version.c
IOMMU_OBJS := \
	iommu/bringup_commit.c \
	iommu/bringup_describe.c \
	iommu/bringup_pasids.c \
	iommu/bringup_plan.c \
	iommu/bringup_plan_pasids.c \
	iommu/bringup_steps.c \
	iommu/bringup_survey.c \
	iommu/bringup_tables.c \
	iommu/bringup_undo.c \
	iommu/caps.c \
	iommu/caps_rules.c \
	iommu/context.c \
	iommu/dmar.c \
	iommu/dmar_lookup.c \
	iommu/dmar_rules.c \
	iommu/entry.c \
	iommu/fault.c \
	iommu/fault_reason.c \
	iommu/invalidate.c \
	iommu/pasid_space.c \
	iommu/pasid_table.c \
	iommu/publish.c \
	iommu/queue.c \
	iommu/second_stage.c \
	iommu/trace.c \
	iommu/transition.c \
	iommu/translation.c \
	iommu/unit.c \
	iommu/vcmd.c \
	iommu/vcmd_probe.c \
	iommu/vcmd_rules.c
TEST_OBJS := \
	tests/agents/edu.c \
	tests/agents/endpoint.c \
	tests/bench.c \
	tests/bit_ranges.c \
	tests/defects.c \
	tests/dma.c \
	tests/known.c \
	tests/known_qemu_7_2.c \
	tests/main.c \
	tests/modelled.c \
	tests/pasid_test.c \
	tests/platform.c \
	tests/queue_test.c \
	tests/runner.c \
	tests/scene.c \
	tests/scene_test.c \
	tests/suites/capability.c \
	tests/suites/dmar.c \
	tests/suites/global_command.c \
	tests/suites/hole.c \
	tests/suites/invalidation.c \
	tests/suites/isolation.c \
	tests/suites/legacy_faults.c \
	tests/suites/modes.c \
	tests/suites/neighbours.c \
	tests/suites/pasid.c \
	tests/suites/pasid_cache.c \
	tests/suites/pasid_dma.c \
	tests/suites/pasid_source.c \
	tests/suites/protected_memory.c \
	tests/suites/queue.c \
	tests/suites/queue_descriptors.c \
	tests/suites/queue_errors.c \
	tests/suites/recording.c \
	tests/suites/register_access.c \
	tests/suites/register_events.c \
	tests/suites/register_invalidation.c \
	tests/suites/requests.c \
	tests/suites/reserved.c \
	tests/suites/scalable.c \
	tests/suites/scalable_faults.c \
	tests/suites/second_stage_faults.c \
	tests/suites/suites.c \
	tests/suites/translation.c \
	tests/suites/vcmd.c \
	tests/suites/vcmd_answers.c \
	tests/suites/vcmd_pasids.c \
	tests/tap.c \
	tests/topology.c \
	tests/topology_table.c \
	tests/topology_words.c \
	tests/vcmd_test.c
# Each is one program: tests/host/NAME.c and the sources it tests.
HOST_TESTS := \
	test_acpi \
	test_bringup_commit \
	test_bringup_plan \
	test_bringup_random \
	test_bringup_transition \
	test_caps \
	test_dmar \
	test_dmar_rules \
	test_fault_reason \
	test_fields \
	test_mmio_decode \
	test_model_all \
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
test_options_SOURCES := arch/options.c arch/print.c
test_page_SOURCES    := arch/page.c
test_print_SOURCES   := arch/print.c
test_string_SOURCES  := arch/string.c
test_string_CFLAGS   := -DSTRING_PREFIX=own_ # beside the library's
test_caps_SOURCES    := iommu/caps.c iommu/caps_rules.c arch/print.c tests/host/support.c
DMAR_SOURCES := iommu/dmar.c iommu/dmar_lookup.c iommu/dmar_rules.c arch/print.c \
	tests/host/dmar_builder.c tests/host/support.c
test_dmar_SOURCES    := $(DMAR_SOURCES)
test_dmar_rules_SOURCES := $(DMAR_SOURCES)
test_fault_reason_SOURCES := iommu/fault_reason.c
test_fields_SOURCES  := tests/host/support.c
test_pasid_space_SOURCES := iommu/pasid_space.c tests/host/fake_unit.c
VCMD_SOURCES := iommu/vcmd.c iommu/vcmd_probe.c iommu/vcmd_rules.c iommu/pasid_space.c \
	iommu/caps.c arch/print.c tests/host/fake_unit.c tests/host/support.c
test_vcmd_SOURCES    := $(VCMD_SOURCES) tests/host/vcmd_block.c
test_vcmd_probe_SOURCES := $(VCMD_SOURCES) tests/host/vcmd_block.c
MODEL_SOURCES := tests/model/caches.c tests/model/commands.c tests/model/config.c \
	tests/model/defects.c tests/model/faults.c tests/model/interrupts.c \
	tests/model/invalidate.c tests/model/legacy.c tests/model/page_request.c \
	tests/model/queue.c tests/model/registers.c tests/model/scalable.c \
	tests/model/second_stage.c tests/model/transfer.c tests/model/translate.c \
	tests/model/unit.c tests/model/vcmd.c
test_model_all_SOURCES := $(MODEL_SOURCES) tests/model/defects.def tests/host/model_host.c \
	tests/host/test_model_caches.c tests/host/test_model_config.c \
	tests/host/test_model_device_tlb.c tests/host/test_model_faults.c \
	tests/host/test_model_interrupts.c tests/host/test_model_page_requests.c \
	tests/host/test_model_pasid_caches.c tests/host/test_model_queue.c \
	tests/host/test_model_queue_errors.c tests/host/test_model_records.c \
	tests/host/test_model_registers.c tests/host/test_model_translate.c \
	tests/host/test_model_vcmd.c
test_vcmd_model_SOURCES := $(VCMD_SOURCES) $(MODEL_SOURCES)
TOPOLOGY_SOURCES := tests/topology.c tests/topology_table.c tests/topology_words.c \
	tests/model/config.c tests/model/defects.c iommu/caps.c iommu/caps_rules.c iommu/dmar.c \
	iommu/dmar_lookup.c iommu/dmar_rules.c arch/print.c tests/host/support.c
test_topology_SOURCES := $(TOPOLOGY_SOURCES)
BRINGUP_SOURCES := tests/host/bringup_world.c iommu/bringup_commit.c iommu/bringup_describe.c \
	iommu/bringup_pasids.c iommu/bringup_plan.c iommu/bringup_plan_pasids.c \
	iommu/bringup_steps.c iommu/bringup_survey.c iommu/bringup_tables.c iommu/bringup_undo.c \
	iommu/caps.c iommu/caps_rules.c iommu/context.c iommu/entry.c iommu/fault.c \
	iommu/fault_reason.c iommu/invalidate.c iommu/pasid_space.c iommu/pasid_table.c \
	iommu/publish.c iommu/queue.c iommu/second_stage.c iommu/trace.c iommu/transition.c \
	iommu/translation.c iommu/unit.c iommu/vcmd.c iommu/vcmd_probe.c iommu/vcmd_rules.c \
	arch/page.c arch/print.c tests/host/support.c tests/topology.c tests/topology_words.c \
	$B/host/model.o
BRINGUP_CFLAGS := -include tests/host/mmio_world.h
test_bringup_commit_SOURCES := $(BRINGUP_SOURCES)
test_bringup_commit_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_plan_SOURCES := $(BRINGUP_SOURCES)
test_bringup_random_SOURCES := $(BRINGUP_SOURCES)
test_bringup_random_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_transition_SOURCES := $(BRINGUP_SOURCES)
test_bringup_transition_CFLAGS := $(BRINGUP_CFLAGS)
test_bringup_plan_CFLAGS := $(BRINGUP_CFLAGS)
# Each is one libFuzzer program, made with clang: tests/host/NAME.c and the sources it tests.
FUZZERS := \
	fuzz_dmar \
	fuzz_options \
	fuzz_print \
	fuzz_topology
fuzz_dmar_SOURCES    := $(DMAR_SOURCES)
fuzz_options_SOURCES := arch/options.c arch/print.c tests/host/support.c
fuzz_options_FLAGS   := -dict=tests/host/options.dict
fuzz_print_SOURCES   := arch/print.c tests/host/support.c
fuzz_topology_SOURCES := $(TOPOLOGY_SOURCES)
fuzz_topology_FLAGS  := -dict=tests/host/topology.dict
FUZZ_RUNS := 100000

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Wconversion -Werror
KERNEL_CFLAGS := -std=gnu17 -O2 -g -I. $(WARNINGS) -ffreestanding -fpie -fvisibility=hidden \
	-mgeneral-regs-only -mno-red-zone -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing
EFI_CFLAGS := -isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -fshort-wchar \
	-DGNU_EFI_USE_MS_ABI
HOST_CFLAGS := -std=gnu17 -O1 -g -I. $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined

object = $(patsubst %,$B/%.o,$(basename $1))
COMMON := $(call object,$(BOOT_OBJS) $(ARCH_OBJS) $(IOMMU_OBJS) $(TEST_OBJS)) $B/tests/model.o
HEADERS = $(wildcard boot/*.h arch/*.h iommu/*.h tests/*.h tests/*/*.h)
SOURCES = $(wildcard boot/*.c arch/*.c iommu/*.c tests/*.c tests/*/*.c)

.PHONY: all host host-programs fuzz check-layers check-headers format-check clean force
.DELETE_ON_ERROR:
ifndef V
.SILENT:
endif

all: $B/vtdcheck.elf $B/BOOTX64.EFI $B/vtdcheck.iso $B/vtdcheck.img check-layers check-headers

# A file that changes only when its text does, so that what depends on it is not rebuilt for nothing.
define write-if-changed
@mkdir -p $(@D)
@printf '%s\n' '$1' | cmp -s - $@ || printf '%s\n' '$1' > $@
endef

COMMIT := $(shell git describe --always --dirty 2>/dev/null)
$B/version: force
	$(call write-if-changed,$(VERSION)$(if $(COMMIT), ($(COMMIT))))
$B/flags: force
	$(call write-if-changed,$(CC) $(KERNEL_CFLAGS))
$B/words: force
	$(call write-if-changed,$(TIMEOUT) $(CMDLINE))

$B/%.o: %.c $B/flags
	@mkdir -p $(@D); echo '  CC   $<'
	$(CC) $(KERNEL_CFLAGS) $(CFLAGS_$*) -MMD -MP -c -o $@ $<
$B/%.o: %.asm
	@mkdir -p $(@D); echo '  NASM $<'
	nasm -f elf64 -Werror -MD $(@:.o=.d) -o $@ $<
$B/arch/version.o: $B/version
CFLAGS_arch/version = -DVERSION='"$(file < $B/version)"'
CFLAGS_boot/efi_main = $(EFI_CFLAGS)

# The model is one object with no names but model_*: model and driver cannot meet by chance.
$B/tests/model.o: $(call object,$(MODEL_SOURCES))
	@echo '  LD   $@'
	ld -r -o $@ $^
	objcopy --wildcard --keep-global-symbol='model_*' $@

$B/vtdcheck.elf: linker.ld $(call object,$(ELF_OBJS)) $(COMMON)
	@echo '  LD   $@'
	ld -nostdlib -static -no-pie -z max-page-size=4096 -z noexecstack --build-id=none \
		-T linker.ld -o $@ $(filter %.o,$^)

# The PE loader keeps no alignment above 4 KiB, and gnu-efi makes .bss file bytes: both stay small.
$B/vtdcheck.so: $(call object,$(EFI_OBJS)) $(COMMON)
	@echo '  LD   $@'
	ld -nostdlib -shared -Bsymbolic -znocombreloc -z noexecstack --no-undefined \
		-T /usr/lib/elf_x86_64_efi.lds -o $@ /usr/lib/crt0-efi-x86_64.o $^ \
		-L/usr/lib -lgnuefi
$B/BOOTX64.EFI: $B/vtdcheck.so
	objcopy -j .text -j .sdata -j .data -j .dynamic -j .dynsym -j .rel -j .rela -j '.rel.*' \
		-j '.rela.*' -j .rodata -j .reloc --output-target=efi-app-x86_64 --subsystem=10 $< $@

$B/iso/boot/grub/grub.cfg: boot/grub.cfg $B/words
	@mkdir -p $(@D)
	sed -e '/^#/d' -e 's/@TIMEOUT@/$(TIMEOUT)/' -e 's|@WORDS@|$(foreach w,$(subst |,\|,$(CMDLINE)),"$w")|' $< > $@
$B/vtdcheck.iso: $B/vtdcheck.elf $B/iso/boot/grub/grub.cfg
	strip -o $B/iso/boot/vtdcheck.elf $<
	@echo '  ISO  $@'
	grub-file --is-x86-multiboot2 $B/iso/boot/vtdcheck.elf
	grub-mkrescue --compress=xz --locales= --fonts= --themes= \
		--install-modules='multiboot2 normal iso9660 part_gpt part_msdos fat boot test all_video' \
		-o $@ $B/iso > $B/iso.log 2>&1 || { cat $B/iso.log; exit 1; }
$B/vtdcheck.img: $B/BOOTX64.EFI $B/words
	@echo '  IMG  $@'
	rm -f $@
	truncate -s 4M $@
	mformat -i $@ ::
	mmd -i $@ ::/EFI ::/EFI/BOOT
	mcopy -i $@ $< ::/EFI/BOOT/BOOTX64.EFI
	printf '%s\n' '# Options, one line or several' '$(CMDLINE)' > $B/vtdcheck.txt
	mcopy -i $@ $B/vtdcheck.txt ::/EFI/BOOT/vtdcheck.txt

host-programs: $(HOST_TESTS:%=$B/host/%)
	@echo $^
host: $(HOST_TESTS:%=$B/host/%)
	@for test in $^; do ./$$test || exit 1; done
.SECONDEXPANSION:
$(HOST_TESTS:%=$B/host/%): $B/host/%: tests/host/%.c $$($$*_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	$(CC) $(HOST_CFLAGS) $($*_CFLAGS) -o $@ $(filter %.c %.o,$^) -lcmocka
# As tests/model.o, for tests that have the driver in them, too.
$B/host/model.o: $(MODEL_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	$(CC) $(HOST_CFLAGS) -r -nostdlib -o $@ $(filter %.c,$^)
	objcopy --wildcard --keep-global-symbol='model_*' $@

fuzz: $(FUZZERS:%=$B/host/%)
	@$(foreach f,$(FUZZERS),echo "$f: $(FUZZ_RUNS) runs"; \
		$B/host/$f -runs=$(FUZZ_RUNS) -seed=1 -max_len=2200 -verbosity=0 $($f_FLAGS) \
			-artifact_prefix=$B/ > $B/$f.log 2>&1 || { tail -n 40 $B/$f.log; exit 1; };)
$(FUZZERS:%=$B/host/%): $B/host/%: tests/host/%.c $$($$*_SOURCES) $(HEADERS)
	@mkdir -p $(@D); echo '  HOST $@'
	clang $(HOST_CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.c,$^)

# Includes go along the arrows only: tests -> iommu -> arch, boot -> arch.
LAYERS := arch:arch boot:boot|arch iommu:iommu|arch tests:tests|iommu|arch
check-layers: $B/layers.ok
$B/layers.ok: $(SOURCES) $(HEADERS) Makefile
	@mkdir -p $(@D)
	@for layer in $(foreach l,$(LAYERS),'$l'); do \
		grep -rEn '^#include "' $${layer%%:*} --include='*.[ch]' | \
			grep -vE "#include \"($${layer#*:})/" && \
			{ echo "these includes go against the layers (docs/DESIGN.md)" >&2; exit 1; }; \
	done; touch $@
check-headers: $B/headers.ok
$B/headers.ok: $(HEADERS)
	@mkdir -p $(@D)
	@for header in $(HEADERS); do \
		$(CC) $(KERNEL_CFLAGS) -fsyntax-only -include $$header -x c /dev/null || exit 1; \
	done; touch $@
format-check:
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS)

clean:
	rm -rf $B

-include $(patsubst %.o,%.d,$(COMMON) $(call object,$(MODEL_SOURCES)) $(call object,$(ELF_OBJS) $(EFI_OBJS)))
