/* SPDX-License-Identifier: MIT */
#include "iommu/structures/interrupt_table.h"

#include "arch/cpu.h"
#include "arch/page.h"
#include "iommu/structures/entry.h"
#include "iommu/unit/invalidate.h"

static size_t pages_of(unsigned int s)
{
	const size_t bytes = sizeof(struct irte) << (s + 1);

	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

enum status interrupt_table_create(struct interrupt_table *table, const struct unit *unit,
				   unsigned int s)
{
	*table = (struct interrupt_table){
		.entries = page_alloc_contiguous(pages_of(s), 1),
		.s = s,
		.snooped = unit_structures_are_snooped(unit),
	};
	if (!table->entries)
		return STATUS_NO_MEMORY;
	if (!table->snooped)
		cpu_flush(table->entries, pages_of(s) * PAGE_BYTES);
	cpu_fence();
	return STATUS_OK;
}

void interrupt_table_destroy(struct interrupt_table *table)
{
	if (table->entries)
		page_free_contiguous(table->entries, pages_of(table->s));
	table->entries = NULL;
}

enum status interrupt_table_load(struct unit *unit, const struct interrupt_table *table,
				 bool extended)
{
	const struct interrupt_invalidation all = { 0 };
	enum status status = unit_latch_irt(unit, phys_of(table->entries), table->s, extended);

	if (status != STATUS_OK || caps_has(&unit->caps, CAPABILITY_ESIRTPS))
		return status;
	return invalidate_interrupts(unit, all);
}

struct irte interrupt_entry(uint8_t vector, uint32_t destination, bool extended, uint16_t sid)
{
	struct irte entry = { { 0 } };

	field_set(entry.q, IRTE_P, 1);
	field_set(entry.q, IRTE_DLM, DLM_FIXED);
	field_set(entry.q, IRTE_V, vector);
	if (extended)
		field_set(entry.q, IRTE_DST, destination);
	else
		field_set(entry.q, IRTE_DST_XAPIC, destination);
	field_set(entry.q, IRTE_SVT, SVT_SID);
	field_set(entry.q, IRTE_SID, sid);
	return entry;
}

enum status publish_interrupt(struct unit *unit, struct interrupt_table *table, uint16_t index,
			      const struct irte *value)
{
	const struct interrupt_invalidation one = { .is_selective = true, .index = index };

	entry_store(table->entries[index].q, value->q, 2, table->snooped);
	return invalidate_interrupts(unit, one);
}

struct interrupt_message interrupt_message(uint16_t handle, bool has_subhandle, uint16_t subhandle)
{
	return (struct interrupt_message){
		.address = reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID) |
			   reg_put(INTERRUPT_ADDR_FORMAT, 1) |
			   reg_put(REMAPPABLE_ADDR_HANDLE_LOW, handle & 0x7fff) |
			   reg_put(REMAPPABLE_ADDR_HANDLE_HIGH, handle >> 15) |
			   reg_put(REMAPPABLE_ADDR_SHV, has_subhandle),
		.data = has_subhandle ? subhandle : 0,
	};
}
