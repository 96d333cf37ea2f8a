# SPDX-License-Identifier: MIT
# make            everything below build/, and the checks of the source
# make CC=clang   the same with clang
# make V=1        shows the commands
# make host       unit tests on the build machine
# make fuzz       bounded fuzzing there (FUZZ_RUNS=1000000 for longer)
# make mutants    a program that tries the kernel's tests on mutants of the model, build/mutants/try
# make coverage   which lines and branches of the reference model its tests reach
# make build/vtdcheck.iso CMDLINE='tests=sm.*'   bakes words into the image (also vtdcheck.img)

VERSION := 0.1
CC      := gcc
B       := build
CMDLINE :=
TIMEOUT := $(if $(CMDLINE),0,5)

# What each layer is made of.
include boot/objects.mk arch/objects.mk iommu/objects.mk tests/objects.mk

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wmissing-prototypes -Wconversion -Werror
KERNEL_CFLAGS := -std=gnu17 -O2 -g -I. $(WARNINGS) -ffreestanding -fpie -fvisibility=hidden \
	-mgeneral-regs-only -mno-red-zone -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing
EFI_CFLAGS := -isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -fshort-wchar \
	-DGNU_EFI_USE_MS_ABI
# Releases differ in where they keep it: /usr/lib, or a folder of the architecture there.
GNU_EFI := $(patsubst %/crt0-efi-x86_64.o,%,$(firstword $(wildcard \
	/usr/lib/crt0-efi-x86_64.o /usr/lib/x86_64-linux-gnu/crt0-efi-x86_64.o) /usr/lib))

object = $(patsubst %,$B/%.o,$(basename $1))
COMMON := $(call object,$(BOOT_OBJS) $(ARCH_OBJS) $(IOMMU_OBJS) $(TEST_OBJS)) $B/tests/model.o
FILES   := $(sort $(shell find boot arch iommu tests -name "*.[ch]" -o -name "*.def"))
HEADERS := $(filter %.h,$(FILES))
SOURCES := $(filter %.c,$(FILES))

# No rule of make's own: looking for one takes longer than all of this.
MAKEFLAGS += -rR
CHECKS := check-layers check-headers check-circles check-unused check-numbers check-names check-titles
.PHONY: all host host-programs fuzz coverage $(CHECKS) format-check clean force
.DELETE_ON_ERROR:
ifndef V
.SILENT:
endif

all: $B/vtdcheck.elf $B/BOOTX64.EFI $B/vtdcheck.iso $B/vtdcheck.img $(CHECKS)

# A file is written only if it does not hold its text yet, so that what depends on it is not rebuilt for nothing.
is-same = $(and $(findstring <$1>,<$2>),$(findstring <$2>,<$1>))
COMMIT := $(shell git describe --always --dirty 2>/dev/null)
text-of-version := $(strip $(VERSION)$(if $(COMMIT), ($(COMMIT))))
text-of-flags   := $(strip $(CC) $(KERNEL_CFLAGS))
text-of-words   := $(strip $(TIMEOUT) $(CMDLINE))
define text-file
$B/$1: $(if $(call is-same,$(strip $(file < $B/$1)),$(text-of-$1)),,force)
	@mkdir -p $$(@D)
	printf '%s\n' '$$(text-of-$1)' > $$@
endef
$(foreach f,version flags words,$(eval $(call text-file,$f)))

$B/%.o: %.c $B/flags
	@mkdir -p $(@D); echo '  CC   $<'
	$(CC) $(KERNEL_CFLAGS) $(CFLAGS_$*) -MMD -MP -c -o $@ $<
$B/%.o: %.asm
	@mkdir -p $(@D); echo '  NASM $<'
	nasm -f elf64 -Werror -MD $(@:.o=.d) -o $@ $<
$B/arch/version.o: $B/version
CFLAGS_arch/version = -DVERSION='"$(file < $B/version)"'
$(foreach f,$(EFI_OBJS),$(eval CFLAGS_$(basename $f) = $(EFI_CFLAGS)))

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
# The start code of newer ones (3.0.18, 4.0) calls _entry of libefi, which prepares what we do not use;
# and libefi has a memset, too. So that call goes to efi_main itself, as in older ones (3.0.15).
$B/vtdcheck.so: $(call object,$(EFI_OBJS)) $(COMMON)
	@echo '  LD   $@'
	ld -nostdlib -shared -Bsymbolic -znocombreloc -z noexecstack --no-undefined \
		--defsym=_entry=efi_main -T $(GNU_EFI)/elf_x86_64_efi.lds -o $@ \
		$(GNU_EFI)/crt0-efi-x86_64.o $^ -L$(GNU_EFI) -lgnuefi
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

include tests/host/host.mk

# What the files of a room may include (docs/DESIGN.md, "Rooms"); checked by every `make`.
ROOMS := \
	arch:arch/ \
	boot:boot/|arch/ \
	iommu/spec:iommu/spec/|arch/bits.h|arch/print.h \
	iommu/dmar:iommu/dmar/|arch/ \
	iommu/unit:iommu/unit/|iommu/spec/|arch/ \
	iommu/structures:iommu/structures/|iommu/unit/|iommu/spec/|arch/ \
	iommu/vcmd:iommu/vcmd/|iommu/unit/|iommu/spec/|arch/ \
	iommu/bringup:iommu/|arch/ \
	tests/model:tests/model/|iommu/spec/ \
	tests/units:tests/units/|tests/model/unit.h|tests/scenes/agents/|iommu/|arch/ \
	tests/scenes:tests/(scenes|engine|units)/|tests/test.h|tests/model/unit.h|tests/server/endpoint_registers.h|iommu/|arch/ \
	tests/engine:tests/(engine|scenes|units)/|tests/test.h|iommu/|arch/ \
	tests/fuzz:tests/(fuzz|engine|scenes|units)/|tests/test.h|tests/model/unit.h|tests/host/spec/spec_fields.def|iommu/|arch/ \
	tests/mixed:tests/(mixed|engine|scenes|units)/|tests/test.h|iommu/|arch/ \
	tests/suites:tests/(suites|fuzz|mixed|engine|scenes|units)/|tests/test.h|tests/model/unit.h|iommu/|arch/ \
	tests/mutants:tests/(mutants|engine|scenes|units|host/process)/|tests/test.h|tests/model/unit.h|iommu/|arch/ \
	tests/server:tests/server/|tests/model/unit.h|tests/units/topology.h|iommu/ \
	tests/guest:tests/guest/|tests/model/unit.h|tests/server/endpoint_registers.h \
	tests/host:tests/(host|server|units|model|engine/known|scenes/agents)/|tests/engine/screen/|tests/engine/(firmware|platform|tap).h|iommu/|arch/ \
	tests:tests/|iommu/|arch/
check-layers: $B/layers.ok
$B/layers.ok: $(SOURCES) $(HEADERS) Makefile
	@mkdir -p $(@D)
	@for room in $(foreach r,$(ROOMS),'$r'); do \
		grep -rEn '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<](\.|(arch|boot|iommu|tests)/)' \
			$${room%%:*} --include='*.[ch]' | grep -vE "#include \"($${room#*:})" && \
			{ echo "a file of $${room%%:*}/ may include $${room#*:} only" >&2; exit 1; }; \
	done; true
	@for file in $(filter-out $(foreach r,$(filter-out tests:%,$(ROOMS)),$(firstword $(subst :, ,$r))/%),$(SOURCES) $(HEADERS)); do \
		case $$file in tests/main.c | tests/test.h) ;; \
		*) echo "$$file is in no room" >&2; exit 1 ;; esac; \
	done; touch $@
# The model has no number of the hardware's own: fields come from iommu/spec/, fault reasons from its
# conditions.def.
check-numbers: $B/numbers.ok
$B/numbers.ok: $(MODEL_SOURCES) $(wildcard tests/model/*.h) Makefile
	@mkdir -p $(@D)
	@! grep -nE '\<0[xX][0-9A-Fa-f]' $(filter %.c %.h,$^) || \
		{ echo "name these in iommu/spec/ or tests/model/conditions.def" >&2; exit 1; }; touch $@
# One name, one thing: model against driver, and macros of the tests (tests/checks/names.awk). A proof has stand-ins.
check-names: $B/names.ok
$B/names.ok: tests/checks/names.awk $(filter tests/%.def,$(FILES)) $(filter-out tests/host/proofs/%,$(SOURCES) $(HEADERS))
	@mkdir -p $(@D)
	@awk -f $^ >&2 && touch $@
# What makes mutants needs libclang, and proofs are for CBMC alone: a build does without.
check-headers: $B/headers.ok
$B/headers.ok: $(HEADERS)
	@mkdir -p $(@D)
	@for header in $(filter-out tests/mutants/% tests/host/proofs/%,$(HEADERS)); do \
		case $$header in boot/efi_*) efi='$(EFI_CFLAGS)' ;; *) efi= ;; esac; \
		$(CC) $(KERNEL_CFLAGS) $$efi -fsyntax-only -include $$header -x c /dev/null || exit 1; \
	done; touch $@
# What object files say of each other.
check-circles: $B/circles.ok
$B/circles.ok: tests/checks/circles $(call object,$(IOMMU_OBJS) $(filter arch/pci%,$(ARCH_OBJS)))
	@$^ && touch $@
check-unused: $B/unused.ok
$B/unused.ok: tests/checks/unused tests/checks/unused.txt $(filter-out $B/tests/model.o,$(COMMON)) \
		$(call object,$(MODEL_SOURCES) $(ELF_OBJS) $(EFI_OBJS))
	@$^ && touch $@
# Titles of the specification, as tests and comments quote them.
check-titles: $B/titles.ok
$B/titles.ok: tests/checks/titles tests/host/spec/headings.txt docs/TESTS.md \
		$(filter iommu/%,$(SOURCES) $(HEADERS))
	@mkdir -p $(@D)
	@$^ && touch $@
# Versions lay out the same code differently: one decides, whatever else is here only counts lines.
FORMAT_VERSION := 14
CLANG_FORMAT    = $(or $(shell command -v clang-format-$(FORMAT_VERSION)),clang-format)
format-check:
	version=$$($(CLANG_FORMAT) --version | sed 's/.*version \([0-9]*\).*/\1/'); \
	if [ "$$version" = $(FORMAT_VERSION) ]; then \
		$(CLANG_FORMAT) --dry-run -Werror $(SOURCES) $(HEADERS); \
	else \
		text=$$($(CLANG_FORMAT) --dry-run $(SOURCES) $(HEADERS) 2>&1) || { echo "$$text" >&2; exit 1; }; \
		echo "warning: clang-format $$version would change" \
			"$$(echo "$$text" | grep -c '\[-Wclang-format-violations\]$$') lines;" \
			"version $(FORMAT_VERSION) decides and is not here"; \
	fi

clean:
	rm -rf $B

include tests/mutants/mutants.mk
-include $(patsubst %.o,%.d,$(COMMON) $(call object,$(MODEL_SOURCES)) $(call object,$(ELF_OBJS) $(EFI_OBJS)))
