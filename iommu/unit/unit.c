/* SPDX-License-Identifier: MIT */
#include "iommu/unit/unit.h"

#include "arch/cpu.h"
#include "arch/mmio.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/time.h"
#include "iommu/unit/trace.h"

/* The bits of GSTS that must be repeated in every write of GCMD; the others start something. */
#define GLOBAL_LEVEL_BITS                                                                  \
	((uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) | FIELD_MASK(GSTS_IRES) | \
		    FIELD_MASK(GSTS_CFIS)))

uint32_t unit_read32(struct unit *unit, uint32_t offset)
{
	unit->read_count++;
	return mmio_read32(unit->registers + offset);
}

uint64_t unit_read64(struct unit *unit, uint32_t offset)
{
	unit->read_count++;
	unit->wide_count++;
	return mmio_read64(unit->registers + offset);
}

static void announce_write(struct unit *unit, uint32_t offset, unsigned int bytes, uint64_t value)
{
	if (unit->before_write)
		unit->before_write(unit, offset, bytes, value);
}

static void count_write(struct unit *unit, uint32_t offset)
{
	unit->write_count++;
	if (unit->after_write)
		unit->after_write(unit, offset);
}

void unit_write32(struct unit *unit, uint32_t offset, uint32_t value)
{
	announce_write(unit, offset, 4, value);
	mmio_write32(unit->registers + offset, value);
	count_write(unit, offset);
}

void unit_write64(struct unit *unit, uint32_t offset, uint64_t value)
{
	announce_write(unit, offset, 8, value);
	mmio_write64(unit->registers + offset, value);
	unit->wide_count++;
	count_write(unit, offset);
}

enum status unit_fail(struct unit *unit, enum status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_format(unit->failure, sizeof(unit->failure), format, args);
	va_end(args);
	return status;
}

const char *unit_failure(const struct unit *unit)
{
	return unit->failure[0] ? unit->failure : "no failure recorded";
}

enum status unit_wait32(struct unit *unit, const char *name, uint32_t offset, uint32_t mask,
			uint32_t value)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	uint32_t seen = unit_read32(unit, offset);

	while ((seen & mask) != value) {
		if (deadline_passed(&deadline))
			return unit_fail(
				unit, STATUS_TIMEOUT,
				"%s (%03x) reads %08x after %u us; bits %08x should be %08x", name,
				offset, seen, UNIT_DEADLINE_US, mask, value);
		cpu_pass_time();
		seen = unit_read32(unit, offset);
	}
	return STATUS_OK;
}

enum status unit_wait64(struct unit *unit, const char *name, uint32_t offset, uint64_t mask,
			uint64_t value)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	uint64_t seen = unit_read64(unit, offset);

	while ((seen & mask) != value) {
		if (deadline_passed(&deadline))
			return unit_fail(unit, STATUS_TIMEOUT,
					 "%s (%03x) reads %016llx after %u us; bits %016llx should "
					 "be %016llx",
					 name, offset, (unsigned long long)seen, UNIT_DEADLINE_US,
					 (unsigned long long)mask, (unsigned long long)value);
		cpu_pass_time();
		seen = unit_read64(unit, offset);
	}
	return STATUS_OK;
}

static void record_entry_state(struct unit *unit)
{
	unit->entry = (struct unit_entry_state){
		.gsts = unit_read32(unit, REG_GSTS),
		.fsts = unit_read32(unit, REG_FSTS),
		.fectl = unit_read32(unit, REG_FECTL),
		.pmen = unit_read32(unit, REG_PMEN),
		.rtaddr = unit_read64(unit, REG_RTADDR),
		.iqa = unit_read64(unit, REG_IQA),
		.irta = unit_read64(unit, REG_IRTA),
	};
}

/*
 * What a firmware table says is a unit may be anything. The bits of VER that no revision ever used,
 * and two offsets that no unit has at 0, tell ("Version Register", "Capability Register").
 */
static bool reads_like_unit(const struct caps *caps)
{
	return !(caps->ver & ~(uint32_t)(FIELD_MASK(VER_MAX) | FIELD_MASK(VER_MIN))) &&
	       caps_major(caps) && caps->cap != UINT64_MAX && caps->ecap != UINT64_MAX &&
	       caps_fault_record_offset_bytes(caps) && caps_iotlb_offset_bytes(caps);
}

enum status unit_probe(struct unit *unit, unsigned int index, enum unit_source source, phys_t base,
		       uint16_t segment)
{
	*unit = (struct unit){
		.index = index,
		.source = source,
		.base = base,
		.segment = segment,
		.registers = phys_pointer(base),
		.register_bytes = PAGE_BYTES,
	};
	if (!paging_map_mmio(base.value, PAGE_BYTES))
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory to map registers at %llx",
				 (unsigned long long)base.value);

	unit->caps.ver = unit_read32(unit, REG_VER);
	unit->caps.cap = unit_read64(unit, REG_CAP);
	unit->caps.ecap = unit_read64(unit, REG_ECAP);
	if ((unit->caps.ver == 0 && unit->caps.cap == 0) || unit->caps.ver == UINT32_MAX)
		return unit_fail(unit, STATUS_ABSENT, "nothing answers at %llx: VER reads %08x",
				 (unsigned long long)base.value, unit->caps.ver);

	if (source == UNIT_REAL && !reads_like_unit(&unit->caps))
		return unit_fail(
			unit, STATUS_ABSENT,
			"what answers at %llx is no unit: VER reads %08x, CAP %llx, ECAP %llx",
			(unsigned long long)base.value, unit->caps.ver,
			(unsigned long long)unit->caps.cap, (unsigned long long)unit->caps.ecap);

	unit->register_bytes = caps_register_bytes(&unit->caps);
	if (!paging_map_mmio(base.value, unit->register_bytes))
		return unit_fail(unit, STATUS_NO_MEMORY, "no memory to map registers at %llx",
				 (unsigned long long)base.value);
	record_entry_state(unit);
	return STATUS_OK;
}

/*
 * The one place that writes GCMD: every long-lived bit as GSTS shows it, one bit changed, then
 * the wait for the status that ends this command ("Global Command Register").
 */
static enum status global_command(struct unit *unit, uint32_t bit, bool set, bool done_when_set)
{
	uint32_t command = unit_read32(unit, REG_GSTS) & GLOBAL_LEVEL_BITS;

	command = set ? command | bit : command & ~bit;
	unit_write32(unit, REG_GCMD, command);
	return unit_wait32(unit, "GSTS", REG_GSTS, bit, done_when_set ? bit : 0);
}

static enum status set_level(struct unit *unit, uint64_t bit, bool on)
{
	return global_command(unit, (uint32_t)bit, on, on);
}

enum status unit_set_translation(struct unit *unit, bool on)
{
	return set_level(unit, FIELD_MASK(GCMD_TE), on);
}

enum status unit_set_queued_invalidation(struct unit *unit, bool on)
{
	return set_level(unit, FIELD_MASK(GCMD_QIE), on);
}

enum status unit_set_interrupt_remapping(struct unit *unit, bool on)
{
	return set_level(unit, FIELD_MASK(GCMD_IRE), on);
}

enum status unit_set_compatibility_interrupts(struct unit *unit, bool on)
{
	return set_level(unit, FIELD_MASK(GCMD_CFI), on);
}

enum status unit_latch_root(struct unit *unit, phys_t root, enum ttm ttm)
{
	trace("unit %u root %llx TTM %u", unit->index, (unsigned long long)root.value, ttm);
	unit_write64(unit, REG_RTADDR, root.value | reg_put(RTADDR_TTM, ttm));
	return global_command(unit, (uint32_t)FIELD_MASK(GCMD_SRTP), true, true);
}

enum status unit_latch_irt(struct unit *unit, phys_t table, unsigned int s, bool eime)
{
	unit_write64(unit, REG_IRTA, table.value | reg_put(IRTA_S, s) | reg_put(IRTA_EIME, eime));
	return global_command(unit, (uint32_t)FIELD_MASK(GCMD_SIRTP), true, true);
}

enum status unit_flush_write_buffer(struct unit *unit)
{
	if (!caps_has(&unit->caps, CAPABILITY_RWBF))
		return STATUS_OK;
	return global_command(unit, (uint32_t)FIELD_MASK(GCMD_WBF), true, false);
}

bool unit_translation_is_on(struct unit *unit)
{
	return reg_get(unit_read32(unit, REG_GSTS), GSTS_TES);
}

bool unit_structures_are_snooped(const struct unit *unit)
{
	return caps_has(&unit->caps, CAPABILITY_C);
}
