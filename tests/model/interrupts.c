/* SPDX-License-Identifier: MIT */
/*
 * "Interrupt-Remapping Hardware Operation": what becomes of a DWORD write to FEEx_xxxxh.
 */
#include "tests/model/internal.h"

/* Interrupt faults name the source and, where one was computed, the index in FI 63:48. */
static void interrupt_fault(struct model_unit *unit, const struct model_request *request,
			    uint8_t reason, uint64_t index, bool fpd)
{
	struct mu_fault fault = {
		.reason = reason,
		.sid = request->sid,
		.info = reg_put(FRCD_FI_INDEX, defect(unit, IR_INDEX_UNRECORDED) ? 0 : index),
		.info_is_index = true,
	};

	if (mu_fault_rule(reason)->is_qualified && fpd && !defect(unit, IR_FPD_IGNORED))
		return;
	mu_fault_record(unit, &fault);
}

/* "Source-id checking": SVT, SID and SQ of the entry. */
static bool is_allowed_source(const struct model_unit *unit, const uint64_t *irte, uint16_t sid)
{
	uint16_t expected = (uint16_t)field_get(irte, IRTE_SID);
	unsigned int qualifier = (unsigned int)field_get(irte, IRTE_SQ);

	if (defect(unit, IR_SQ_IGNORED))
		qualifier = 0;
	if (defect(unit, IR_BUSES_SWAPPED) && field_get(irte, IRTE_SVT) == SVT_BUS)
		expected = (uint16_t)(expected << 8 | expected >> 8);

	switch (field_get(irte, IRTE_SVT)) {
	case SVT_NONE:
		return true;
	case SVT_SID:
		return ((sid ^ expected) & ~sid_ignored(qualifier)) == 0;
	case SVT_BUS: /* first bus where SID has its bus, last bus where it has device and function */
		return sid_bus(sid) >= sid_bus(expected) && sid_bus(sid) <= sid_devfn(expected);
	default: /* SVT_RESERVED: an invalid entry, which is looked at next */
		return true;
	}
}

/* Reserved and conditionally reserved fields of an entry for remapped interrupts. */
static bool is_invalid_remapped(const struct model_unit *unit, const uint64_t *irte)
{
	bool extended = reg_get(unit->irta, IRTA_EIME) != 0;
	uint64_t mode = field_get(irte, IRTE_DLM);
	/* IM is no part of it: CAP.PI = 0 makes it reserved. */
	uint64_t low = FIELD_MASK(IRTE_P) | FIELD_MASK(IRTE_FPD) | FIELD_MASK(IRTE_DM) |
		       FIELD_MASK(IRTE_RH) | FIELD_MASK(IRTE_TM) | FIELD_MASK(IRTE_DLM) |
		       FIELD_MASK(IRTE_AVAIL) | FIELD_MASK(IRTE_V) |
		       (extended ? FIELD_MASK(IRTE_DST) : FIELD_MASK(IRTE_DST_XAPIC));
	uint64_t high = FIELD_MASK(IRTE_SID) | FIELD_MASK(IRTE_SQ) | FIELD_MASK(IRTE_SVT);

	if (mode == DLM_RESERVED_3 || mode == DLM_RESERVED_6)
		return true;
	return ((irte[0] & ~low) | (irte[1] & ~high)) != 0;
}

static bool is_posted(const struct model_unit *unit, const uint64_t *irte)
{
	return cap(unit, CAP_PI) && field_get(irte, IRTE_IM);
}

static bool is_invalid_entry(const struct model_unit *unit, const uint64_t *irte)
{
	if (defect(unit, IR_RESERVED_IGNORED))
		return false;
	return field_get(irte, IRTE_SVT) == SVT_RESERVED ||
	       (is_posted(unit, irte) ? mu_is_invalid_posted(unit, irte)
				      : is_invalid_remapped(unit, irte));
}

void mu_send_interrupt(struct model_unit *unit, uint64_t address, uint64_t data,
		       uint32_t destination)
{
	address |= reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID) |
		   reg_put(INTERRUPT_ADDR_DST, (uint8_t)destination) |
		   reg_put(INTERRUPT_ADDR_DST_HIGH, destination >> 8);
	unit->counts.messages++;
	unit->host.message(unit->host.context, address,
			   (uint32_t)(data | reg_put(INTERRUPT_DATA_LEVEL, 1)));
}

/* "Interrupt Requests in Compatibility Format" on the bus, made from the entry. */
static void send_remapped(struct model_unit *unit, const uint64_t *irte)
{
	bool extended = reg_get(unit->irta, IRTA_EIME) != 0;
	uint64_t destination =
		extended ? field_get(irte, IRTE_DST) : field_get(irte, IRTE_DST_XAPIC);
	uint64_t address = reg_put(INTERRUPT_ADDR_RH,
				   !defect(unit, IR_HINT_LOST) && field_get(irte, IRTE_RH)) |
			   reg_put(INTERRUPT_ADDR_DM, field_get(irte, IRTE_DM));
	uint64_t data = reg_put(INTERRUPT_DATA_V, field_get(irte, IRTE_V)) |
			reg_put(INTERRUPT_DATA_DLM, field_get(irte, IRTE_DLM)) |
			reg_put(INTERRUPT_DATA_TM,
				!defect(unit, IR_TRIGGER_LOST) && field_get(irte, IRTE_TM));

	mu_send_interrupt(unit, address, data, (uint32_t)destination);
}

/* The entry at this index, from the interrupt entry cache or from memory. */
static uint8_t locate_entry(struct model_unit *unit, uint32_t index, struct model_cached *entry)
{
	uint64_t where = (unit->irta & FIELD_MASK(IRTA_IRTA)) + index * sizeof(struct irte);

	*entry = (struct model_cached){
		.kind = MODEL_CACHED_INTERRUPT,
		.interrupt = { .index = index },
	};
	if (mu_cache_recall(unit, entry))
		return entry->fault;
	if (where & beyond_host_width(unit))
		return MU_IR_INDEX; /* it reaches beyond HAW */
	if (!mu_fetch(unit, where, entry->interrupt.q, sizeof(struct irte)))
		return MU_IR_TABLE_ACCESS;
	entry->fpd = field_get(entry->interrupt.q, IRTE_FPD) != 0;
	if (!field_get(entry->interrupt.q, IRTE_P))
		entry->fault = MU_IR_NOT_PRESENT;
	if (entry->fault == 0 ? !is_invalid_entry(unit, entry->interrupt.q)
			      : mu_caches_faults(unit))
		mu_cache_add(unit, entry);
	return entry->fault;
}

static uint64_t handle(const struct model_unit *unit, uint64_t address)
{
	uint64_t high = reg_get(address, REMAPPABLE_ADDR_HANDLE_HIGH);

	return (defect(unit, IR_HANDLE_15_LOST) ? 0 : high << 15) |
	       reg_get(address, REMAPPABLE_ADDR_HANDLE_LOW);
}

static uint64_t table_entries(const struct model_unit *unit)
{
	uint64_t size = defect(unit, IR_SIZE_UNCHECKED) ? field_max(FIELD(IRTA_S))
							: reg_get(unit->irta, IRTA_S);

	return UINT64_C(2) << size;
}

static uint64_t subhandle(const struct model_unit *unit, const struct model_request *request)
{
	uint64_t value = reg_get(request->data, REMAPPABLE_DATA_SUBHANDLE);

	if (defect(unit, IR_SUBHANDLE_8_BITS))
		return value % 256;
	return value;
}

static void remapped_request(struct model_unit *unit, const struct model_request *request)
{
	uint64_t address = request->address;
	bool has_subhandle = reg_get(address, REMAPPABLE_ADDR_SHV) != 0;
	uint64_t index = handle(unit, address);
	struct model_cached entry;
	uint8_t reason;

	if (has_subhandle && reg_get(request->data, REMAPPABLE_DATA_RESERVED)) {
		interrupt_fault(unit, request, MU_IR_REQUEST_RESERVED, 0, false);
		return;
	}
	if (has_subhandle && !defect(unit, IR_SUBHANDLE_IGNORED))
		index += subhandle(unit, request);
	if (index >= table_entries(unit)) {
		interrupt_fault(unit, request, MU_IR_INDEX, (uint16_t)index, false);
		return;
	}
	reason = locate_entry(unit, (uint32_t)index, &entry);
	if (reason == 0 && !defect(unit, IR_SOURCE_UNCHECKED) &&
	    !is_allowed_source(unit, entry.interrupt.q, request->sid))
		reason = MU_IR_SOURCE;
	if (reason == 0 && is_invalid_entry(unit, entry.interrupt.q))
		reason = MU_IR_ENTRY_RESERVED;
	if (reason == 0 && is_posted(unit, entry.interrupt.q))
		reason = mu_post_interrupt(unit, entry.interrupt.q);
	else if (reason == 0)
		send_remapped(unit, entry.interrupt.q);
	if (reason != 0)
		interrupt_fault(unit, request, reason, index, entry.fpd);
}

static bool is_old_format_blocked(const struct model_unit *unit)
{
	if (reg_get(unit->irta, IRTA_EIME) && !defect(unit, IR_OLD_FORMAT_EXTENDED))
		return true;
	return !(unit->gsts & FIELD_MASK(GSTS_CFIS)) && !defect(unit, IR_OLD_FORMAT_PASSES);
}

void mu_interrupt_request(struct model_unit *unit, const struct model_request *request)
{
	bool is_remappable = reg_get(request->address, INTERRUPT_ADDR_FORMAT) != 0;

	if (defect(unit, IR_NOT_LATCHED))
		unit->irta = mu_fixed_get64(unit, REG_IRTA);
	if (!(unit->gsts & FIELD_MASK(GSTS_IRES)) && !unit->still_remaps) {
		if (ecap(unit, ECAP_IRREQ)) {
			interrupt_fault(unit, request, MU_IR_OFF, 0, false);
			return;
		}
		unit->host.message(unit->host.context, request->address, request->data);
		return;
	}
	if (ecap(unit, ECAP_EIMER) && !reg_get(unit->irta, IRTA_EIME)) {
		interrupt_fault(unit, request, MU_IR_EIME, 0, false);
		return;
	}
	if (is_remappable) {
		remapped_request(unit, request);
		return;
	}
	if (is_old_format_blocked(unit)) {
		interrupt_fault(unit, request, MU_IR_COMPATIBILITY, 0, false);
		return;
	}
	unit->host.message(unit->host.context, request->address, request->data);
}
